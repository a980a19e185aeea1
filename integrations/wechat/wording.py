"""What the WeChat channel itself says to a customer (the bot's words are in domain.yml)."""

WELCOME = (
    "您好，欢迎关注{bank}。我是智能助手，24小时为您解答业务问题、查询账户、办理挂失和投诉；"
    "需要人工时，随时回复「人工」。"
)
WELCOME_CHOICES = (
    ("查余额", "查询余额"),
    ("卡片挂失", "我要挂失"),
    ("附近网点", "查询网点"),
    ("我要投诉", "我要投诉"),
    ("人工", "人工"),
)
BRANCH = "您扫描的是{name}。\n地址：{address}\n营业时间：{hours}"
BRANCH_PHONE = "\n电话：{phone}"
VOICE = "［语音］"
VOICE_UNREAD = "抱歉，这条语音没有识别出来，请您打字告诉我。"
VIDEO = "［视频］"
VIDEO_UNREAD = "抱歉，暂时看不了视频，请您打字说明，也可以发图片。"
LINK = "［链接］{title}\n{url}"
LINK_UNREAD = "收到您发的链接。为了安全，我不会打开它，请您打字说明想咨询的问题。"
LOCATION = "我的位置：{label}，最近的网点在哪"
LOCATION_UNNAMED = "我发了位置，最近的网点在哪"
IMAGE_LOST = "抱歉，图片没有收到，请您再发一次。"
UNKNOWN = "［暂不支持的消息］"
UNKNOWN_UNREAD = "抱歉，暂时看不了这种消息，请您打字告诉我。"
EMPTY = "没有收到文字内容，请您再发一次。"
TOO_LONG = "您的消息太长了，请分成几条发给我。"
HISTORY = "［历史消息］"

"""What only 微信客服 says to a customer."""

WELCOME = (
    "您好，欢迎咨询{bank}。我是智能助手，24小时为您解答业务问题、查询账户、办理挂失和投诉；"
    "需要人工时，随时回复「人工」。"
)
ANSWER = "您可以回复："
ALSO = "也可以回复：{titles}"

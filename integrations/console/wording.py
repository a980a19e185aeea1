"""Every word the staff read in the console, for translators and compliance; see also understood_names.py."""

from integrations.crm.tickets.wording import KINDS_FOR_STAFF

PRODUCT = "前台"
CONSOLE = "客服工作台"

ROLES = {"agent": "坐席", "supervisor": "主管", "admin": "管理员"}
TIERS = {"vip": "VIP", "important": "重要", "standard": "一般"}
CHANNELS = {"web": "网页", "wechat": "微信", "wecom": "微信客服"}
GENDERS = {"male": "男", "female": "女"}
LEVELS = {"none": "未识别", "known": "已识别，未核验", "verified": "已核验"}
HOLDERS = {"bot": "助手接待", "queued": "等待人工", "human": "人工接待", "closed": "已结束"}
SENDERS = {"customer": "客户", "bot": "助手", "agent": "坐席", "system": "系统"}
REASONS = {
    "fraud": "疑似诈骗",
    "card_loss": "紧急挂失",
    "requested": "客户要求人工",
    "bot_failed": "助手无法应答",
    "not_understood": "助手未能理解",
}
TICKET_KINDS = KINDS_FOR_STAFF
TICKET_STATUSES = {"open": "待处理", "in_progress": "处理中", "resolved": "已办结", "withdrawn": "已撤回"}
AUDIT_ACTIONS = {
    "conversation.taken": "接管会话",
    "conversation.handed_back": "交回助手",
    "conversation.closed": "结束会话",
    "conversation.read": "查阅会话记录",
    "verification.passed": "客户核验通过",
    "verification.locked": "客户核验锁定",
    "customer.open": "查看客户全景",
    "customer.reveal": "查看完整客户信息",
    "warnings.export": "导出流失预警",
    "risk.assess": "风险测评",
    "marketing.grant": "同意营销推荐",
    "marketing.refuse": "拒绝营销推荐",
    "identity.bind": "绑定渠道身份",
    "identity.unbind": "解绑渠道身份",
    "card.freeze": "冻结卡片",
    "staff.create": "新建员工",
    "staff.sign_in": "登录",
    "staff.sign_out": "退出登录",
    "staff.sign_in_failed": "登录失败",
    "staff.locked": "账号锁定",
    "staff.change_password": "修改密码",
    "staff.reset_password": "重置密码",
    "staff.deactivate": "停用员工",
    "staff.activate": "启用员工",
    "staff.enrol_totp": "启用动态验证码",
    "staff.remove_totp": "解除动态验证码",
}
AUDIT_TARGETS = {
    "conversation": "会话",
    "customer": "客户",
    "staff": "员工",
    "card": "卡片",
    "ticket": "工单",
    "warnings": "流失预警",
}

CANNOT_SEND = {
    "window_closed": "客户48小时内没有来过消息，微信不允许再发送。请电话联系，或等客户下次来消息。",
    "quota_spent": "客户上次来消息后能发的条数已用完，要等客户再来消息才能继续发送。",
}
SENDING = "微信发送"
SENDING_LEFT = "还可发送 {n} 条，{until}前有效"
SENDING_PASSIVE = "该账号没有客服消息权限：您的回复会在客户下次来消息时送达。"
UNDELIVERED = "{n} 条未送达：{reason}"
UNDELIVERED_REASONS = {
    "window_closed": "已超过48小时，等客户来消息后自动补发",
    "quota_spent": "条数已用完，等客户来消息后自动补发",
    "forbidden": "没有客服消息权限，等客户来消息时送达",
    "not_following": "客户已取消关注或账号不存在",
    "setup": "账号配置有误，请联系管理员",
    "wecom_state": "会话在企业微信里由他人接待或已结束，等客户来消息后自动补发",
    "wecom_fail_4": "已超过48小时，客户没有收到",
    "wecom_fail_5": "会话已关闭，客户没有收到",
    "wecom_fail_6": "条数已用完，客户没有收到",
    "wecom_fail_10": "客户拒收",
    "tired": "今天的接口调用次数已用完，稍后自动重试",
    "unknown": "网络中断，客户可能没有收到，请确认后再发",
    "interrupted": "发送时服务中断，客户可能没有收到，请确认后再发",
}
UNDELIVERED_OTHER = "微信没有接受，请联系管理员"
ACCOUNT_PROBLEM = "账号异常：{problem}"
OTHER_THREADS = "其他渠道会话"
OPEN_THREAD = "查看"

QUICK_PHRASES = (
    ("问候", "您好，我是人工客服，已看到您前面的记录，请问还有要补充的吗？"),
    ("请稍等", "好的，请您稍等，我马上为您查询。"),
    ("核对信息", "为了您的账户安全，请先在对话中完成身份核验，我再为您办理。"),
    ("安全提醒", "请不要把密码、验证码告诉任何人，我们也不会向您索要。"),
    ("还有问题吗", "请问还有其他可以帮您的吗？"),
    ("结束语", "感谢您的咨询，祝您生活愉快，再见。"),
)

NAV = {
    "desk": "接待",
    "customers": "客户",
    "warnings": "预警",
    "review": "会话查询",
    "audit": "审计日志",
    "staff": "员工管理",
}
CHANGE_PASSWORD = "修改密码"
TOTP = "动态验证码"
SIGN_OUT = "退出"

SIGN_IN_TITLE = "登录"
USERNAME = "用户名"
PASSWORD = "密码"
TOTP_CODE = "动态验证码"
TOTP_CODE_HINT = "已启用的账号请填写，未启用则留空"
SIGN_IN = "登录"
SIGN_IN_TOTP = "此账号已启用动态验证码，请连同密码一起填写。"
SIGN_IN_TOO_OFTEN = "登录尝试过于频繁，请一分钟后再试。"
SIGN_IN_FAILED = "用户名、密码或动态验证码不正确。"
SIGN_IN_LOCKED = "登录失败次数过多，账号已临时锁定，请于 {until} 后再试。"
SIGNED_OUT = "您已退出登录。"
SESSION_ENDED = "登录已失效，请重新登录。"
FORBIDDEN_TITLE = "没有权限"
FORBIDDEN = "您的角色不能打开这个页面。如有需要，请联系管理员。"
CROSS_SITE = "请求来源不正确，已拒绝。请从本系统页面重新操作。"
BACK_HOME = "返回首页"

PASSWORD_TITLE = "修改密码"
PASSWORD_FORCED = "首次登录或密码被重置后，需要先设置自己的密码。"
OLD_PASSWORD = "当前密码"
NEW_PASSWORD = "新密码"
REPEAT_PASSWORD = "再输入一次新密码"
SAVE = "保存"
PASSWORD_WRONG = "当前密码不正确。"
PASSWORD_WEAK = {
    "too_short": "新密码至少要 10 位。",
    "too_long": "新密码不能超过 128 位。",
    "same": "新密码不能与当前密码相同。",
    "contains_username": "新密码不能包含用户名。",
}
PASSWORD_RULE = "10–128 位，不能与当前密码相同，不能包含用户名。"
PASSWORD_DIFFERS = "两次输入的新密码不一致。"
PASSWORD_SAVED = "密码已修改，其他设备上的登录已退出。"

TOTP_TITLE = "启用动态验证码"
TOTP_STEPS = (
    "用手机上的验证器（如 Microsoft Authenticator）扫描二维码，或手工输入密钥，再填写显示的 6 位数字。"
)
TOTP_REQUIRED = "按规定，需要先启用动态验证码才能使用工作台。"
TOTP_SECRET = "密钥"
TOTP_URI = "otpauth 地址"
TOTP_CONFIRM = "确认启用"
TOTP_WRONG = "验证码不正确，请核对手机时间后重试。"
TOTP_ON = "您的账号已启用动态验证码。"
TOTP_DONE = "动态验证码已启用，下次登录时需要填写。"

QUEUE = "等待人工"
QUEUE_EMPTY = "现在没有客户在等待"
MINE = "我的会话"
MINE_EMPTY = "还没有接待中的会话"
VISITOR = "访客 {tag}"
TAKE = "接管"
HAND_BACK = "交回助手"
CLOSE = "结束会话"
TAKEN_BY = "已由 {agent} 接待"
GONE = "会话不在您名下，无法操作。"
NOT_FOUND = "找不到这个会话。"
PICK_ONE = "从左侧选择一个会话"
PICK_HINT = "等待中的客户按紧急程度和等待时间排序，先接最上面的一位。"
PREVIEW_NOTE = "尚未接管，助手仍在应答。接管后由您回复。"
CLOSED_NOTE = "会话已结束。客户再次来信时由助手先接待。"
HANDED_BACK_DONE = "已交回助手"
CLOSED_DONE = "会话已结束"
EARLIER = "更早的 {count} 条消息"
NEW_BELOW = "有新消息"
TYPE_HERE = "输入回复…"
SEND_HINT = "Enter 发送 · Shift+Enter 换行"
SEND = "发送"
EMPTY_MESSAGE = "内容为空，没有发送。"
TOO_LONG = "内容超过 {limit} 字，请分开发送。"
CONFIRM_CLOSE = "再点一次结束"
CONFIRM_HAND_BACK = "再点一次交回"
IMAGE = "客户发来的图片"
NO_PREVIEW = "（图片或卡片）"
SOUND = "新消息提示音"
UNREAD = "条未读"
QUICK = "常用语"
HELD_BY_BOT = "会话已回到助手"
ON = "开"
OFF = "关"

FACTS = "客户信息"
HANDOFF = "转人工原因"
HANDOFF_NOTE = "助手已尝试"
UNDERSTOOD = "助手最后的理解"
TICKETS = "工单"
NO_TICKETS = "没有工单"
NOT_IDENTIFIED = "尚未识别客户身份。需要查询账户时，请客户先在对话中完成核验。"
FACT_NAME = "姓名"
FACT_GENDER = "性别"
FACT_TIER = "等级"
FACT_PHONE = "手机"
FACT_ID = "证件"
FACT_NUMBER = "客户号"
FACT_CITY = "城市"
FACT_SINCE = "开户"
CONFIDENCE = "把握"
ACTION = "动作"
ARTICLE = "知识"
FAILED = "应答失败"
NOTHING_UNDERSTOOD = "暂无"

REVIEW_TITLE = "会话查询"
SEARCH_TEXT = "聊天内容"
SEARCH_SINCE = "开始日期"
SEARCH_UNTIL = "结束日期"
SEARCH_CUSTOMER = "客户姓名或客户号"
SEARCH_CHANNEL = "渠道"
ALL = "全部"
SEARCH = "查询"
RESET = "清空"
RESULTS = "共 {count} 个会话"
RESULTS_CUT = "只显示最近的 {count} 个会话，请缩小范围"
NO_RESULTS = "没有符合条件的会话"
COL_CUSTOMER = "客户"
COL_CHANNEL = "渠道"
COL_STATE = "状态"
COL_AGENTS = "接待过的坐席"
COL_COUNT = "消息"
COL_FAILED = "失败轮次"
COL_STARTED = "开始"
COL_LAST = "最后消息"
OPEN = "查看"
BAD_DATE = "日期格式不正确，应为 2026-11-22 这样的格式。"
TRANSCRIPT = "会话记录"
BACK_TO_RESULTS = "返回查询结果"
HELD_BY = "接待过程"
HELD_BOT = "由助手接待"
TRANSCRIPT_NOTE = "本次查阅已记入审计日志。"
TURNS = "助手应答 {turns} 轮，失败 {failed} 轮"
TAKEN_LINE = "{agent} 接管"
HANDED_BACK_LINE = "{agent} 交回助手"
CLOSED_LINE = "{agent} 结束会话"
AUDIT_TITLE = "审计日志"
COL_TIME = "时间"
COL_ACTOR = "操作人"
COL_ACTION = "操作"
COL_TARGET = "对象"
COL_DATA = "内容"
NO_AUDIT = "没有符合条件的记录"
AUDIT_CUT = "只显示最近的 {count} 条记录，请缩小范围"
ACTORS = {"customer": "客户", "bot": "助手", "system": "系统"}
AUDIT_ACTOR = "操作人（用户名）"
STAFF_TITLE = "员工管理"
COL_NAME = "姓名"
COL_ROLE = "角色"
COL_TOTP = "动态验证码"
COL_STATUS = "状态"
COL_CREATED = "创建时间"
COL_OPERATE = "操作"
ACTIVE = "在用"
INACTIVE = "已停用"
LOCKED = "已锁定"
MUST_CHANGE = "待改密"
TOTP_ENABLED = "已启用"
TOTP_DISABLED = "未启用"
NEW_STAFF = "新建员工"
CREATE = "创建"
CANCEL = "取消"
CLOSE_DIALOG = "我已记下，关闭"
RESET_PASSWORD = "重置密码"
DEACTIVATE = "停用"
ACTIVATE = "启用"
CONFIRM_RESET = "重置 {name} 的密码？原密码立即失效，已登录的设备会退出。"
CONFIRM_DEACTIVATE = "停用 {name}？该员工会立即退出登录，之后不能再登录。"
ONE_TIME_TITLE = "初始密码（只显示这一次）"
ONE_TIME_NOTE = "请当面或用安全方式交给 {name}，首次登录时必须修改。"
USERNAME_TAKEN = "用户名已存在。"
USERNAME_BAD = "用户名为 2–40 位小写字母、数字或 . _ -，以字母开头。"
NAME_BAD = "请填写姓名。"
LAST_ADMIN = "不能停用最后一位在用的管理员。"
NOT_YOURSELF = "不能对自己的账号做这个操作。"
REMOVE_TOTP = "解除验证码"
CONFIRM_REMOVE_TOTP = "解除 {name} 的动态验证码？请先当面确认是本人。"
CONFIRM = "确定"
FAILED_TO_DO = "操作没有成功，请刷新页面后重试。"

MINUTE = "{n} 分钟"
HOUR = "{h} 小时 {m} 分"
SECONDS = "不到 1 分钟"

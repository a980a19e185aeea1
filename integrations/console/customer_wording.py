"""Words of the pages about customers, of offers and of warnings; the rest is in wording.py."""

from integrations.crm.bank.catalogue import KIND_NAMES
from integrations.crm.customers.tiering import DIMENSION_NAMES
from integrations.crm.recommendations.risk_assessment import LEVEL_NAMES
from integrations.crm.recommendations.suitability import Refusal

SEARCH_TITLE = "客户"
SEARCH_LABEL = "姓名、客户号或手机号"
SEARCH_HINT = "姓名可只输入开头，客户号和手机号须完整。查询内容不会出现在地址栏。"
SEARCH_HINT_AGENT = "只能查到您正在接待、接待过的客户和您名下的专属客户。"
SEARCH = "查询"
RECENT = "最近接待的客户"
FOUND = "共 {count} 位客户"
FOUND_CUT = "只显示前 {count} 位客户，请输入得更完整"
NOBODY = "没有找到符合条件的客户"
NO_RECENT = "还没有接待过已识别身份的客户"
NOT_FOUND_TITLE = "找不到客户"
NOT_FOUND = "没有这位客户，或您不能查看。"
OPENED_NOTE = "本次查看已记入审计日志"
BACK = "返回客户查询"
OVERVIEW = "客户全景"
COL_NAME = "客户"
COL_NUMBER = "客户号"
COL_PHONE = "手机"
COL_CITY = "城市"
COL_SINCE = "开户"
OPEN = "查看"
UNKNOWN = "—"

WHO = "客户信息"
NAME = "姓名"
GENDER = "性别"
AGE = "年龄"
AGE_YEARS = "{n} 岁"
PHONE = "手机"
EMAIL = "邮箱"
ID_NUMBER = "证件"
CITY = "城市"
SINCE = "开户"
DEDICATED_MANAGER = "客户经理"
NO_MANAGER = "未指定"
MARKETING = "营销推荐"
MARKETING_STATES = {True: "同意", False: "已拒绝", None: "未表态"}
REVEAL = "查看完整信息"
REVEAL_TITLE = "查看完整客户信息"
REVEAL_NOTE = "请写明用途，用途和您的账号会记入审计日志。信息 1 分钟后自动隐藏。"
REVEAL_REASON = "用途"
REVEAL_HIDE = "立即隐藏"
REASON_NEEDED = "请写明用途（至少 2 个字）。"

TIERS = "分层"
DIMENSIONS = DIMENSION_NAMES
TIERS_MISSING = "分层每晚计算一次，这位客户还没有结果。"
COMPUTED = "{at}计算"
YEAR_FIGURES = "近一年交易额 {volume}，{count} 笔，使用 {services} 类服务；资产 {assets}，贷款 {loans}"
LIFETIME_VALUE = "预计终身价值 {amount}"
TREATMENT = "服务策略"
SERVICE_LEVEL = "服务标准"
FEES_WAIVED = "减免费用"
GOAL = "目标"
CONTACT = "联系频率"
TIER_HISTORY = "分层变化"
CHANGE = "{before} → {after}"
FIRST_TIER = "首次：{after}"
NO_CHANGES = "还没有变化记录"

HOLDINGS = "持有产品"
ACCOUNTS = "账户与存款"
CARDS = "银行卡"
PRODUCTS = "理财、基金、保险、贷款"
NOTHING_HELD = "没有"
ACCOUNT_KINDS = {"current": "活期", "time": "定期"}
ACCOUNT_STATES = {"active": "正常", "dormant": "睡眠户", "closed": "已销户"}
CARD_KINDS = {"debit": "储蓄卡", "credit": "信用卡"}
CARD_STATES = {"active": "正常", "frozen": "已冻结", "cancelled": "已注销"}
PRODUCT_KINDS = KIND_NAMES
FROZEN_PART = "其中冻结 {amount}"
USED_OF = "已用 {used}，额度 {limit}"
MATURES = "{day}到期"
MATURES_IN = "{day}到期，还有 {n} 天"
MATURES_TODAY = "今天到期"
MATURED = "{day}已到期"
HELD_SINCE = "{day}起"

ACTIVITY = "近 12 个月收支"
ACTIVITY_NOTE = "活期账户的收支；信用卡消费不计入，以免与还款重复。本月截至今天。"
ACTIVITY_NONE = "近 12 个月没有收支"
ACTIVITY_TABLE = "以表格查看"
ACTIVITY_ALT = "近 12 个月每月流入、流出金额和笔数的图，内容与下方表格相同"
MONTH = "月份"
MONEY_IN = "流入"
MONEY_OUT = "流出"
MOVEMENTS = "笔数"
WAN_YUAN = "万元"

ASSESSMENT = "风险测评"
ASSESSMENT_LEVELS = {level: f"C{level} {name}" for level, name in LEVEL_NAMES.items()}
ASSESSMENT_STATES = {"valid": "有效", "expired": "已过期", "missing": "未测评"}
TAKEN_AT = "测评日期"
VALID_UNTIL = "有效期至"
TAKEN_BY = "测评渠道"
ASSESSMENT_MISSING = "没有做过风险测评，不能推荐有风险等级的产品。"
ASSESSMENT_EXPIRED = "测评已过期，重新测评前不能推荐有风险等级的产品。"
ASSESSMENT_CHANNELS = {"branch": "网点", "web": "网页", "wechat": "微信", "wecom_kf": "微信客服"}

CHURN = "流失预警"
CHURN_PROBABILITY = "流失可能"
CHURN_NONE = "没有流失预测结果。"
CHURN_REASONS = "主要原因"
CHURN_TODO = "跟进建议"
WHAT_TO_OFFER = "可以推荐"
NOTHING_TO_OFFER = "目前没有适合推荐的产品"

TICKETS = "工单"
NO_TICKETS = "没有工单"
CONVERSATIONS = "会话"
NO_CONVERSATIONS = "没有会话"
AGENT = "坐席 {name}"
SATISFACTION = "满意度"
NO_RATINGS = "还没有评价"
AVERAGE = "平均 {score} 分（满分 5 分），共 {count} 次评价"
SCORE = "{n} 分"
RECOMMENDED = "推荐记录"
NOT_RECOMMENDED = "还没有推荐过产品"
SURFACES = {"bot": "助手", "agent": "坐席", "article": "知识文章"}
OUTCOMES = {"shown": "已展示", "clicked": "已点击", "accepted": "有意向", "declined": "不感兴趣"}
ONLY_NEWEST = "只显示最近 {n} 条"

OFFER = "推荐产品"
OFFER_TITLE = "适合这位客户的产品"
OFFER_SEND = "发送给客户"
OFFER_CLOSE = "收起"
OFFER_NONE = "目前没有适合推荐的产品。"
OFFER_NOT_VERIFIED = "客户尚未核验身份，不能推荐产品。请客户先在对话中完成核验。"
OFFER_GONE = "推荐已更新，请重新点「推荐产品」。"
OFFER_TEXT = "为您推荐「{name}」：{reason}。"
OFFER_IN_PERSON = "购买须到网点办理并录音录像"
RISK_LEVEL = "R{n}"
REFUSED = "没有发送：不能向这位客户推荐「{name}」——{why}。"
REFUSED_ALL = "不能推荐产品：{why}。"
WHY_NOT = {
    Refusal.PRIVATE: "私募产品不能公开推介",
    Refusal.OFF_SALE: "产品目前不在售",
    Refusal.NO_CAPACITY: "客户未满 18 周岁",
    Refusal.TOO_YOUNG: "客户未到产品的年龄要求",
    Refusal.TOO_OLD: "客户超过产品的年龄上限",
    Refusal.TIER: "客户等级不在销售范围内",
    Refusal.REGION: "客户所在城市不在销售范围内",
    Refusal.MINIMUM: "客户可用资金不足起购金额",
    Refusal.NOT_ASSESSED: "没有客户的风险测评结果",
    Refusal.ASSESSMENT_EXPIRED: "客户的风险测评已过期",
    Refusal.TOO_RISKY: "产品风险高于客户的风险承受能力",
    Refusal.OPEN_COMPLAINT: "客户有未办结的投诉",
    Refusal.OPTED_OUT: "客户已拒绝营销推荐",
}

WARNINGS = "流失预警"
WARNINGS_NOTE = (
    "按预计损失（流失可能 × 终身价值）从高到低排列，供客户经理主动联系。推荐的产品已按适当性检查。"
)
WARNINGS_OWN = "这里只显示您名下的专属客户。"
WARNINGS_NONE = "没有需要预警的客户"
WARNINGS_NOT_JUDGED = "还没有流失预测：模型尚未训练，或训练结果不优于基准而没有启用。"
WARNINGS_COUNT = "共 {count} 位客户"
WARNINGS_CUT = "只列出前 {count} 位客户"
WARNINGS_PAGE = "第 {page} / {pages} 页"
PREVIOUS = "上一页"
NEXT = "下一页"
EXPORT = "导出 CSV"
EXPORT_NOTE = "导出会记入审计日志，手机号已脱敏，每位客户至多一款适合的产品。"
COL_TIER = "等级"
COL_LIFECYCLE = "生命周期"
COL_PROBABILITY = "流失可能"
COL_REASONS = "主要原因"
COL_AT_RISK = "预计损失"
COL_TODO = "跟进建议"
COL_OFFER = "可以推荐"
COL_OFFER_REASON = "推荐理由"
COL_RISK_WORDS = "风险提示"
COL_MANAGER = "客户经理"
EXPORT_FILE = "流失预警-{day}.csv"

"""The services that a customer can want by name, and what the button of each says."""

SERVICES = {
    "balance": "查询余额",
    "transactions": "查询交易明细",
    "credit_card_bill": "查询信用卡账单",
    "transfer_status": "查询转账进度",
    "card_loss": "我要挂失",
    "fraud": "我被骗了",
    "complaint": "我要投诉",
    "complaint_progress": "查询投诉进度",
    "complaint_add": "我要补充投诉",
    "complaint_withdraw": "我要撤销投诉",
    "branch": "查询网点",
    "rates": "查询利率",
    "loan_calculator": "贷款计算",
    "recommendation": "看看适合我的产品",
    "risk_assessment": "开始风险测评",
    "appointment": "预约客户经理",
    "marketing_choice": "设置产品推荐",
    "leave_message": "我要留言",
    "human": "人工",
}
URGENT = ("human", "fraud", "card_loss")
"""Served before anything else that a message wants; a person first, who can do all of it."""
CONFIDENT = 0.5
"""From here on a part of a message counts as what the bot took it for."""

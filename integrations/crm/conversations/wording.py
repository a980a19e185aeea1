"""What the app itself says to a customer, outside the bot's dialogue (its words are in domain.yml)."""

AGENT_JOINED = "客服{agent}已接入，请您稍等，正在查看刚才的记录。"
HANDED_BACK = "人工服务已结束，接下来由智能助手继续为您服务。"
CLOSED = "本次会话已结束，感谢您的咨询。如还有问题，直接发消息就可以。"
TURN_FAILED = (
    "抱歉，系统暂时没能处理您刚才的消息，您的消息已保存。请稍后再发一次，或回复「人工」由客服为您处理。"
)
HANDOFF_WITHOUT_BOT = "已为您转接人工客服，前面还有 {ahead} 位客户在等待，请稍候。"
HANDOFF_WITHOUT_BOT_CLOSED = (
    "现在不在人工服务时间（{hours}）。您可以留下问题，客服上班后会尽快联系您；紧急挂失请拨打 {hotline}。"
)
IMAGE = "［图片］"
TICKET = "业务"
TICKET_PROGRESS = "您的{kind}（编号{number}）有新进展：{text}"
TICKET_RESOLVED = "您的{kind}（编号{number}）已办结：{text}\n\n请为这次处理打个分。"


def rating_buttons() -> list[dict[str, str]]:
    """The survey: 5 is the best."""
    return [{"title": f"{score}分", "payload": f"评价{score}分"} for score in (5, 4, 3, 2, 1)]

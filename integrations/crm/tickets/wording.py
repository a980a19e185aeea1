"""What each kind of ticket is called: the one place that names them."""

KINDS = {
    "complaint": "投诉",
    "card_loss": "挂失",
    "fraud": "防诈紧急处理",
    "left_message": "留言",
    "appointment": "预约",
}
"""As customers read them."""
KINDS_FOR_STAFF = KINDS | {"fraud": "诈骗举报"}
"""As the staff read them."""

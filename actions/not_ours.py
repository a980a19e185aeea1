"""Another institution's business: whom to ask instead of us."""

from actions.turn import Speaker
from knowledge_base.other_brands import Institution


def say_not_ours(speak: Speaker, brand: Institution) -> None:
    """Say that it is not ours, with the institution's hotline where it is known."""
    if brand.hotline is None:
        speak.say("utter_other_brand", brand=brand.name)
    else:
        speak.say("utter_other_brand_hotline", brand=brand.name, hotline=brand.hotline)

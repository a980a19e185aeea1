"""Which products which demo customers like, and what they buy next. README.md explains the structure.

Only weights: what somebody may buy at all is for `tastes.py` and the catalogue to say.
"""

from integrations.crm.bank.catalogue import LifeStage, Product, Tier

STAGES: tuple[LifeStage, ...] = ("young", "family", "established", "retired")

# How much a product is liked by the young, families, the established and the retired.
_BY_STAGE: dict[str, tuple[float, float, float, float]] = {
    "YC-D001": (2, 3, 6, 16),
    "YC-D002": (1, 1, 3, 3),
    "YC-D003": (5, 1, 0.5, 0.5),
    "YC-D101": (0.3, 1, 4, 9),
    "YC-D102": (0.1, 0.5, 3, 8),
    "YC-D103": (1, 1.5, 1.5, 2),
    "YC-D201": (0.2, 5, 0.5, 0.3),
    "YC-W101": (1, 3, 6, 6),
    "YC-W102": (8, 5, 3, 3),
    "YC-W103": (3, 2, 1.5, 1.5),
    "YC-W104": (0.5, 1.5, 5, 3),
    "YC-W105": (1, 2, 3, 2),
    "YC-W205": (0.3, 1.5, 4, 4),
    "YC-W206": (0, 0.5, 5, 3),
    "YC-W301": (0.8, 2, 3, 0.3),
    "YC-W302": (0.5, 2, 5, 0.3),
    "YC-W401": (1, 2, 3, 0.1),
    "YC-W402": (0.3, 0.6, 1, 0.1),
    "YC-F301": (1, 2, 3, 1.5),
    "YC-F302": (9, 4, 1.5, 1),
    "YC-F303": (2.5, 2, 1.5, 1),
    "YC-F304": (2, 3, 2, 0.3),
    "YC-F305": (0.5, 2.5, 3, 0.1),
    "YC-F308": (7, 5, 3, 0.2),
    "YC-F309": (5, 3, 1.5, 0.05),
    "YC-I401": (2, 6, 4, 1.5),
    "YC-I402": (0.1, 1, 4, 2),
    "YC-I403": (0.1, 6, 0.5, 0.1),
    "YC-I404": (3, 4, 2, 1.5),
    "YC-I405": (0.1, 0.8, 3.5, 0.5),
    "YC-K601": (9, 14, 11, 3),
    "YC-K602": (2, 8, 6, 0.5),
    "YC-K603": (2, 9, 9, 1),
    "YC-K604": (1, 6, 8, 1),
    "YC-K605": (9, 0, 0, 0),
    "YC-L501": (2, 6, 1, 0),
    "YC-L502": (5, 3, 1, 0.1),
    "YC-L503": (0.5, 2.5, 2.5, 0.1),
    "YC-L504": (0.3, 1, 1.2, 0.4),
}
_PREFERRED_STAGE, _OTHER_STAGE = 1.0, 0.2  # of a product that the table does not name

# Wealthier customers lean to what is invested, the others to saving and borrowing.
_BY_TIER: dict[Tier, dict[str, float]] = {
    "standard": {"wealth": 0.8, "fund": 0.9, "loan": 1.2},
    "important": {"wealth": 1.3, "loan": 0.7},
    "vip": {"wealth": 1.8, "fund": 1.1, "loan": 0.4},
}

# Who holds the first is soon interested in these.
FOLLOWERS: dict[str, dict[str, float]] = {
    "YC-D001": {"YC-D101": 5, "YC-W101": 2, "YC-D002": 1},
    "YC-D002": {"YC-W105": 3, "YC-D101": 1},
    "YC-D003": {"YC-F302": 3, "YC-D201": 2, "YC-D001": 1},
    "YC-D101": {"YC-D102": 5, "YC-W205": 2},
    "YC-D102": {"YC-I402": 3, "YC-W206": 2},
    "YC-D103": {"YC-D101": 3, "YC-D002": 1},
    "YC-D201": {"YC-I403": 5, "YC-I401": 1},
    "YC-W101": {"YC-W104": 5, "YC-F301": 1},
    "YC-W102": {"YC-W105": 3, "YC-F303": 2},
    "YC-W103": {"YC-W101": 4, "YC-W102": 1},
    "YC-W104": {"YC-W205": 4, "YC-W301": 2},
    "YC-W105": {"YC-W301": 3, "YC-W104": 2},
    "YC-W205": {"YC-W206": 3, "YC-I402": 2},
    "YC-W206": {"YC-I405": 4, "YC-F305": 1},
    "YC-W301": {"YC-W302": 3, "YC-W401": 2, "YC-F304": 1},
    "YC-W302": {"YC-W401": 3, "YC-W402": 2},
    "YC-W401": {"YC-W402": 4, "YC-F309": 1},
    "YC-F301": {"YC-F304": 4, "YC-W205": 1},
    "YC-F302": {"YC-F308": 4, "YC-F303": 2},
    "YC-F303": {"YC-F301": 5},
    "YC-F304": {"YC-F305": 3, "YC-F308": 2},
    "YC-F305": {"YC-I405": 4},
    "YC-F308": {"YC-F309": 5, "YC-F304": 1},
    "YC-F309": {"YC-F308": 3, "YC-W402": 1},
    "YC-I401": {"YC-I403": 3, "YC-I404": 2},
    "YC-I402": {"YC-I405": 4},
    "YC-I403": {"YC-D201": 3, "YC-I401": 2},
    "YC-I404": {"YC-I401": 5},
    "YC-K601": {"YC-K602": 4, "YC-L502": 2},
    "YC-K602": {"YC-I404": 5},
    "YC-K603": {"YC-W301": 2, "YC-K604": 2, "YC-K602": 1},
    "YC-K604": {"YC-W302": 3},
    "YC-K605": {"YC-L502": 3, "YC-F302": 2, "YC-K601": 1},
    "YC-L501": {"YC-I401": 4, "YC-I403": 1, "YC-K602": 1},
    "YC-L502": {"YC-K601": 3, "YC-D003": 1},
    "YC-L503": {"YC-K603": 2, "YC-D002": 3},
    "YC-L504": {"YC-D003": 3, "YC-I404": 2},
}


def stage_of(age: int) -> LifeStage:
    """Young to 29, family to 44, established to 59, then retired."""
    return "young" if age < 30 else "family" if age < 45 else "established" if age < 60 else "retired"


def liking(product: Product, stage: LifeStage, tier: Tier) -> float:
    """How much customers of this life stage and tier like the product; only the ratios count."""
    known = _BY_STAGE.get(product.code)
    if known is not None:
        weight = known[STAGES.index(stage)]
    else:
        weight = _PREFERRED_STAGE if stage in product.life_stages else _OTHER_STAGE
    return weight * _BY_TIER[tier].get(product.kind, 1.0)

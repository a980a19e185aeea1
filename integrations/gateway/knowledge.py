"""The bank's knowledge base as the running system uses it; what takes long is kept between starts."""

from integrations.crm.settings import PROJECT, Settings
from knowledge_base.adapter import sentence_encoder
from knowledge_base.articles import load_articles
from knowledge_base.facts import load_facts
from knowledge_base.search import Search

_KNOWLEDGE = PROJECT / "knowledge_base"


def load_search(settings: Settings) -> Search:
    """Load articles and encoder; the adapter and new vectors are made now. Raises ArticleError."""
    articles = load_articles(_KNOWLEDGE / "articles", load_facts(_KNOWLEDGE / "facts.yml"))
    encoder = sentence_encoder(settings.encoder, PROJECT / "models")
    return Search(articles, encoder, cache_folder=PROJECT / "var/index")

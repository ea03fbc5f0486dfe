"""The public ledger of advertising, read from its events: by campaign, by epoch and in all."""

from lvo.advertising.books import BatchBook, Books, CampaignBook, LineBook, Totals

__all__ = ["BatchBook", "Books", "CampaignBook", "LineBook", "Totals"]

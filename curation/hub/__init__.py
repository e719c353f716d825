"""Sharing: builds and adapters to the Hub and to other stores, and builds back again."""

"""Expectation suites as JSON, editable by anyone who knows Great Expectations: see README.md beside them."""

from pathlib import Path

SUITES = Path(__file__).parent

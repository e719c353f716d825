"""The doctor for chat data of any maker: what is wrong in which row, what it means and what to do. Changes nothing."""

from curation.validate.options import Asked
from curation.validate.result import File, Finding, Fixed, Place, Validation
from curation.validate.run import validate

__all__ = ["Asked", "File", "Finding", "Fixed", "Place", "Validation", "validate"]

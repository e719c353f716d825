"""The doctor for chat data of any maker: what is wrong in which row, what it means and what to do. Changes nothing."""

from curation.validation.options import ValidateOptions
from curation.validation.result import File, Finding, Fixed, Place, Validation
from curation.validation.run import validate

__all__ = ["File", "Finding", "Fixed", "Place", "ValidateOptions", "Validation", "validate"]

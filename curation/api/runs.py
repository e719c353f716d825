"""Training from Python: an adapter on a build, and what a finished run is."""

from __future__ import annotations

from curation.training.run_folder import Run

__all__ = ["Run"]

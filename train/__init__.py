"""The training stage: a build folder becomes a tested adapter. Of `curation` it imports `curation.base` and schemas."""

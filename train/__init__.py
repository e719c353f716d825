"""The training stage: a build folder becomes a tested adapter. It knows the build by `schemas`, never by `curation`."""

"""Static files under hashed names, compressed, without the source maps that libraries point to and do not ship."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ProductStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Leaves references to source maps alone: they serve debuggers only, and are not collected."""

    patterns = tuple(
        (glob, tuple(rule for rule in rules if "sourceMappingURL" not in (rule if isinstance(rule, str) else rule[0])))
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )

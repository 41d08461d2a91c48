"""English nouns: their plurals and articles."""


def plural(noun: str) -> str:
    """The plural of a class or of one of its other names."""
    from cavendish.worlds.catalog import KINDS  # loads every shape builder, which `article` does not need

    if noun in KINDS and KINDS[noun].plural:
        return KINDS[noun].plural
    head, of, rest = noun.partition(" of ")
    if of:
        return plural(head) + of + rest
    if noun.endswith(("s", "x", "sh", "ch")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("shelf", "loaf", "calf")):
        return noun[:-1] + "ves"
    return noun + "s"


def article(words: str) -> str:
    """The words after "a" or "an"."""
    return ("an " if words[0] in "aeiou" else "a ") + words

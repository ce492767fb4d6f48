"""Whatever comes from outside, in numbers: generated, repeatable, every failure kept as a case."""

"""Where a module can be changed by a little, and what it says then."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`line` counts from 1; `source` is the whole module with `after` in place of `before`."""

    line: int
    before: str
    after: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """In the order of the lines, no two alike."""
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    data = source.encode()
    seen = set()
    for node, after in sorted(_changes(ast.parse(source)), key=_place):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        mutated = (data[:start] + after.encode() + data[end:]).decode()
        if mutated in seen or mutated == source:
            continue
        seen.add(mutated)
        yield Mutant(line=node.lineno, before=data[start:end].decode(), after=after, source=mutated)


def _place(change: tuple[Any, str]) -> tuple[int, int, str]:
    node, after = change
    return node.lineno, node.col_offset, after


def _changes(tree: ast.AST) -> Iterator[tuple[Any, str]]:
    """(node, what stands in its place)."""
    for node in _code(tree):
        for after in _alternatives(node):
            yield node, after
        for condition in _conditions(node):
            if not isinstance(condition, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield condition, f"(not ({ast.unparse(condition)}))"


def _conditions(node: ast.AST) -> list[ast.expr]:
    """Of a comparison and the like, a change of its own says more than its negation."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.match_case(guard=ast.expr() as guard):
            return [guard]
        case ast.comprehension(ifs=ifs):
            return ifs
        case _:
            return []


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """What is run: no annotations, decorators, docstrings, bases of classes, type aliases or
    lists of exports; and nothing inside an f-string, whose places Python 3.11 does not know."""
    yield node
    inside: list[Any]
    match node:
        case ast.JoinedStr():
            return
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return
        case ast.AnnAssign(value=value):
            inside = [value]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inside = [*node.args.defaults, *node.args.kw_defaults, *node.body]
        case ast.ClassDef():
            inside = list(node.body)
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return
        case ast.Call(func=ast.Name(id="TypeVar" | "NewType" | "cast")):
            return
        case _:
            inside = list(ast.iter_child_nodes(node))
    for one in inside:
        if one is not None:
            yield from _code(one)


def _alternatives(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=ops):
            for place, compared in enumerate(ops):
                yield _with(node, ("ops", place), COMPARED[type(compared)]())
        case ast.BoolOp(op=op):
            yield _with(node, ("op",), ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield _with(node, ("op",), COMPUTED[type(op)]())
        case ast.Constant(value=value):
            yield from _other_values(value)
        case ast.IfExp(test=test):
            yield _with(node, ("test",), ast.UnaryOp(ast.Not(), test))
        case ast.MatchOr(patterns=patterns):
            for one in patterns:
                yield " | ".join(ast.unparse(other) for other in patterns if other is not one)
        case ast.stmt():
            yield from _other_statements(node)


def _other_values(value: object) -> Iterator[str]:
    match value:
        case bool():
            yield repr(not value)
        case int() | float():
            yield repr(value + 1)
        case str() if " " not in value:  # words for people may change
            yield repr(value + "_")


def _other_statements(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Return(value=value) if not _is_no(value):
            yield "return None"
        case ast.Raise() | ast.Expr(value=ast.Call() | ast.Await()):
            yield "pass"
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield "pass"
        case ast.AugAssign(op=op) if type(op) in COMPUTED:
            yield ast.unparse(_changed(node, ("op",), COMPUTED[type(op)]()))
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"


def _is_no(value: ast.expr | None) -> bool:
    """None and False mean the same wherever a condition asks; False has a mutant of its own."""
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, False))


def _with(node: ast.AST, where: tuple[str | int, ...], new: ast.AST) -> str:
    return f"({ast.unparse(_changed(node, where, new))})"


def _changed(node: ast.AST, where: tuple[str | int, ...], new: ast.AST) -> ast.AST:
    made = copy.deepcopy(node)
    name, *place = where
    if place:
        getattr(made, str(name))[place[0]] = new
    else:
        setattr(made, str(name), new)
    return made

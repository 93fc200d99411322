"""Named arrays as one argument: what rules call ``lines`` or ``cartels``.

A rule reads ``lines.stock_kg`` whether it is compiled or not. To the compiler a group
is the address of a small block that says where each array lies and how long it is,
so that handing a group on costs one pointer. A tuple of arrays would be taken apart
into hundreds of values at every call, which made compilation four times as long and
every call slow.

Arrays of a group are never replaced, only written into: the block stays true.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform

import numpy as np
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

Class = TypeVar("Class", bound=type)
WORD = 8  # bytes of a slot


class GroupType(types.Type):
    """The compiler's view of a group: names, kinds and slots of its members."""

    def __init__(self, name: str, members: tuple[tuple[str, types.Type], ...]) -> None:
        self.members = dict(members)
        self.slots: dict[str, int] = {}
        slot = 0
        for member, kind in members:
            self.slots[member] = slot
            slot += 1 + kind.ndim if isinstance(kind, types.Array) else 1
        self.size = slot
        print_of = hashlib.sha256(repr(members).encode()).hexdigest()[:8]
        super().__init__(name=f"{name}_{print_of}")


register_default(GroupType)(models.OpaqueModel)


@dataclass_transform(frozen_default=True, eq_default=False)
def group(cls: Class) -> Class:
    """Turn a class of annotated arrays, numbers and groups into a group."""
    held: Any = cls
    held.__post_init__ = _describe
    made: Any = dataclass(frozen=True, eq=False, repr=False)(held)
    made.__reduce__ = lambda self: (type(self), tuple(members(self)))
    typeof_impl.register(made)(lambda value, _: value._type)
    return made


def members(of: Any) -> Iterator[Any]:
    """Yield the members of a group in the order of declaration."""
    return (getattr(of, f.name) for f in fields(of))


def _describe(self: Any) -> None:
    """Write the block of a new group, and tell the compiler its type."""
    kinds: list[tuple[str, types.Type]] = []
    words: list[int] = []
    for f in fields(self):
        value = getattr(self, f.name)
        if isinstance(value, np.ndarray):  # as rules read it: in C order, to write into
            value = np.require(value, requirements=("C", "W"))
            object.__setattr__(self, f.name, value)
        kind, slots = _slots_of(value, f"{type(self).__name__}.{f.name}")
        kinds.append((f.name, kind))
        words += slots
    block = np.array(words, np.int64)
    object.__setattr__(self, "_block", block)
    object.__setattr__(self, "_address", block.ctypes.data)
    object.__setattr__(self, "_type", GroupType(type(self).__name__, tuple(kinds)))


def _slots_of(value: Any, name: str) -> tuple[types.Type, list[int]]:
    """Return the type of one member and what the block holds of it."""
    if isinstance(value, np.ndarray):
        kind = types.Array(from_dtype(value.dtype), value.ndim, "C")
        return kind, [value.ctypes.data, *value.shape]
    if hasattr(value, "_type"):
        return value._type, [value._address]
    if isinstance(value, bool | np.bool_):
        return types.boolean, [int(value)]
    if isinstance(value, int | np.integer):
        return types.int64, [operator.index(value)]
    if isinstance(value, float | np.floating):
        return types.float64, [int(np.float64(value).view(np.int64))]
    raise TypeError(f"{name}: a {type(value).__name__} cannot stand in a group")


@infer_getattr
class GroupAttribute(AttributeTemplate):
    """Types of ``group.member``."""

    key = GroupType

    def generic_resolve(self, typ: Any, attr: str) -> Any:  # type: ignore[override]
        """Return the type of a member, None if there is none."""
        return typ.members.get(attr)


@lower_getattr_generic(GroupType)
def _read(context: Any, builder: Any, typ: GroupType, value: Any, attr: str) -> Any:
    """Emit the loads that make ``group.member`` of the block."""
    kind: Any = typ.members[attr]
    slot = typ.slots[attr]
    words = builder.bitcast(value, cgutils.intp_t.as_pointer())

    def load(k: int, as_type: Any = None) -> Any:
        where = cgutils.gep_inbounds(builder, words, slot + k)
        if as_type is not None:
            where = builder.bitcast(where, as_type.as_pointer())
        found = builder.load(where)
        # The block never changes: loads may be moved out of loops.
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    if isinstance(kind, types.Array):
        out = make_array(kind)(context, builder)
        data = load(0, context.get_data_type(kind.dtype).as_pointer())
        itemsize = context.get_constant(
            types.intp, kind.dtype.bitwidth // 8 if kind.dtype != types.boolean else 1
        )
        shape = [load(1 + axis) for axis in range(kind.ndim)]
        strides = [itemsize]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        populate_array(
            out, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None
        )
        result = out._getvalue()
    elif kind == types.boolean:
        word = load(0)
        result = builder.icmp_signed("!=", word, word.type(0))
    elif kind == types.float64:
        result = load(0, context.get_value_type(types.float64))
    elif kind == types.int64:
        result = load(0)
    else:
        result = load(0, context.get_value_type(kind))
        # There is always a block behind the address: loads from it may be moved, too.
        for what, bytes_ in (("dereferenceable", WORD * kind.size), ("align", WORD)):
            count = builder.module.add_metadata([cgutils.intp_t(bytes_)])
            result.set_metadata(what, count)
    return impl_ret_borrowed(context, builder, kind, result)


@unbox(GroupType)
def _unbox(typ: GroupType, obj: Any, c: Any) -> NativeValue:
    """Take the block's address from the Python object."""
    address = c.pyapi.object_getattr_string(obj, "_address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(pointer)

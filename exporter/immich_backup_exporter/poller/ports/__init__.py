"""What the sources need from the outside, as small protocols, one file per subject; ``wiring`` hands in the objects."""

from .contents import Feed, Inspection, InspectionFactory, OnRead
from .dumps import DumpReader, LiveDumps
from .repositories import RepositoryReader
from .requests import Acceptor, LeftRequest, RequestReader
from .spool import Rejected, SpoolEntry, SpoolLook, SpoolReader
from .store import Store

__all__ = [
    "Acceptor",
    "DumpReader",
    "Feed",
    "Inspection",
    "InspectionFactory",
    "LeftRequest",
    "LiveDumps",
    "OnRead",
    "Rejected",
    "RepositoryReader",
    "RequestReader",
    "SpoolEntry",
    "SpoolLook",
    "SpoolReader",
    "Store",
]

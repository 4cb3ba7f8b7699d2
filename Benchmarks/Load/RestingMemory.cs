namespace MetaCollector.Benchmarks.Load;

/// <summary>What a replica holds at one moment, in bytes.</summary>
/// <param name="Replica">Which, from 0.</param>
/// <param name="When">At which moment, in words.</param>
/// <param name="Resident">Resident memory.</param>
/// <param name="Anonymous">The part of it that no file backs.</param>
/// <param name="Proportional">Resident memory, of shared pages only its part.</param>
/// <param name="Counted">
/// Where it has a cgroup of its own: what that counts less the file pages that the kernel would give up first, the anonymous part, and what
/// is mapped of files. Null elsewhere.
/// </param>
internal sealed record RestingMemory(
    int Replica, string When, long Resident, long Anonymous, long Proportional, (long WorkingSet, long Anonymous, long Mapped)? Counted);

namespace MetaCollector.Testing.Chaos;

/// <summary>What is done to a cluster of replicas.</summary>
internal enum Disturbance
{
    /// <summary>SIGKILL of the leader; another replica is started later.</summary>
    KillLeader,

    /// <summary>SIGKILL of another replica; another one is started later.</summary>
    KillOther,

    /// <summary>SIGTERM of the leader; another replica is started later.</summary>
    StopLeader,

    /// <summary>SIGTERM of another replica; another one is started later.</summary>
    StopOther,

    /// <summary>SIGSTOP of the leader for a while.</summary>
    FreezeLeader,

    /// <summary>SIGSTOP of another replica for a while.</summary>
    FreezeOther,

    /// <summary>The Lease is deleted.</summary>
    DeleteLease,

    /// <summary>The membership table is deleted.</summary>
    DeleteTable,

    /// <summary>The API server goes away for a moment.</summary>
    RestartApiServer,
}

namespace MetaCollector.Testing.Chaos;

/// <summary>What is done to a cluster of replicas.</summary>
internal enum Disturbance
{
    /// <summary>SIGKILL of the leader; another replica is started later.</summary>
    KillLeader,

    /// <summary>SIGKILL of another replica; another one is started later.</summary>
    KillOther,

    /// <summary>SIGKILL of the leader and of another replica at the same moment; their pods stay, and others are started later.</summary>
    KillLeaderAndOther,

    /// <summary>SIGKILL of all replicas; their pods go, and others are started at once, with other ports.</summary>
    KillAll,

    /// <summary>SIGTERM of the leader; another replica is started later.</summary>
    StopLeader,

    /// <summary>SIGTERM of another replica; another one is started later.</summary>
    StopOther,

    /// <summary>SIGSTOP of the leader for longer than it takes to notice: it comes back believing that it leads.</summary>
    FreezeLeader,

    /// <summary>SIGSTOP of another replica for longer than it takes to notice.</summary>
    FreezeOther,

    /// <summary>SIGSTOP of any replica for one or two seconds, as if it were busy: it must not be declared dead.</summary>
    Pause,

    /// <summary>The leader cannot reach the API server for longer than the Lease.</summary>
    CutLeaderFromApiServer,

    /// <summary>Another replica cannot reach the API server for longer than the Lease.</summary>
    CutOtherFromApiServer,

    /// <summary>The leader cannot reach the other replicas, nor they it.</summary>
    CutLeaderFromOthers,

    /// <summary>Another replica cannot reach the others, nor they it.</summary>
    CutOtherFromOthers,

    /// <summary>The leader and another replica cannot reach each other, and a third reaches both.</summary>
    CutTwoApart,

    /// <summary>The Lease is deleted.</summary>
    DeleteLease,

    /// <summary>The membership table is deleted.</summary>
    DeleteTable,

    /// <summary>The API server goes away for a moment.</summary>
    RestartApiServer,

    /// <summary>The API server goes away for longer than the Lease.</summary>
    LoseApiServer,
}

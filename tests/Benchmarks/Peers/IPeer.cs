using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Peers;

/// <summary>A program that is compared.</summary>
internal interface IPeer
{
    /// <summary>As options, results and tables name it.</summary>
    string Name { get; }

    /// <summary>Version, as the program tells it.</summary>
    string Version { get; }

    /// <summary>The operations that it has a figure for.</summary>
    IReadOnlyCollection<Operation> Operations { get; }

    /// <summary>Makes an empty repository in <see cref="PeerWork.State"/>, which is an empty folder. Not timed.</summary>
    Task CreateRepositoryAsync(PeerWork work);

    /// <summary>A process that does nothing, so that the program itself is in memory; <see langword="null"/>: it is there in any case. Not timed.</summary>
    Launch? Idle(PeerWork work);

    /// <summary>The process that does the operation.</summary>
    Launch Launch(Operation operation, PeerWork work);
}

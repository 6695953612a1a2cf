using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;

namespace BackupPS.Engine.Tests.Storage.Retrying;

/// <summary>A store that fails at every tenth call or so, before it or after, behind what repeats: it keeps the whole contract.</summary>
public sealed class ShakyObjectStoreTests : ObjectStoreContract
{
    private const int Seed = 5;

    private readonly MemoryObjectStore _shared = new();
    private readonly Random _random = new(Seed);

    private protected override IObjectStore Open() =>
        new RetryingObjectStore(new FaultyObjectStore(_shared, Decide), new RetryPipeline(new SkippingTime(standsStill: true), new Random(Seed).NextDouble, static _ => { }, CancellationToken.None));

    private FaultAction Decide(StoreCall call)
    {
        lock (_random)
        {
            return _random.Next(30) switch
            {
                0 => FaultAction.FailBefore(),
                1 => FaultAction.FailAfter(),
                2 => FaultAction.FailAmid(_random.Next(5)),
                _ => FaultAction.None,
            };
        }
    }
}

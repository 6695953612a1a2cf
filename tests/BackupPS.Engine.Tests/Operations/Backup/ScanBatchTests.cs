using BackupPS.Engine.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>What a batch says that it takes: the scan runs ahead by that much.</summary>
public sealed class ScanBatchTests
{
    [Fact]
    public void Attributes_of_folders_and_faults_count_until_it_is_cleared()
    {
        var batch = new ScanBatch();
        int empty = batch.Weight;
        int item = batch.Add("name"u8);
        batch.AddFolder(new ScannedFolder(batch, item, 1, IsLast: true, IsListed: true, new byte[60_000], []));
        Assert.InRange(batch.Weight - empty, 60_000, 61_000);
        var fault = new BackupFault(BackupError.ReadFailed, new string('p', 5000), "why");
        batch.AddFault(item, fault);
        Assert.InRange(batch.Weight - empty, 70_000, 71_000);
        batch.AddFolder(new ScannedFolder(batch, batch.Count, 0, IsLast: true, IsListed: false, [], [fault]));
        Assert.InRange(batch.Weight - empty, 80_000, 82_000);
        batch.Clear();
        Assert.Equal(empty, batch.Weight);
    }
}

using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Index;

/// <summary>Packs and entries before they are sorted.</summary>
public sealed class IndexBufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_pack_is_the_same_by_its_description_and_by_its_bytes(int seed)
    {
        var world = new IndexWorld(seed);
        for (int i = 0; i < 5; i++) world.AddObject();
        var described = new IndexBuffer();
        var read = new IndexBuffer();
        for (int round = 0; round < 2; round++)
        {
            foreach (PackDescription pack in world.Packs)
            {
                described.Add(pack);
                var bytes = new ByteWriter();
                pack.Write(bytes);
                var reader = new ByteReader(bytes.Written);
                read.AddPack(ref reader, add: true);
            }

            Assert.NotEqual(0, read.EntryCount);
            Assert.Equal(read.EntryCount, described.EntryCount);
            Assert.True(read.Packs.SequenceEqual(described.Packs), $"seed {seed}");
            Assert.Equal(Lines(read), Lines(described));
            for (int p = 0; p < read.PackCount; p++)
            {
                ReadOnlySpan<byte> record = read.Packs.Slice(p * RunHeader.PackLength, RunHeader.PackLength);
                Assert.True(read.SegmentsOf(record).SequenceEqual(described.SegmentsOf(record)), $"seed {seed}, pack {p}");
            }

            described.Clear();
            read.Clear();
        }
    }

    private static string[] Lines(IndexBuffer buffer)
    {
        var lines = new string[buffer.EntryCount];
        for (int i = 0; i < lines.Length; i++) lines[i] = $"{buffer.Entries[i].Id} {buffer.Entries[i].Location}";
        return lines;
    }
}

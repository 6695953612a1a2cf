using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>Memory that is read into again and again.</summary>
public sealed class ObjectBufferTests
{
    [Fact]
    public void It_has_a_byte_more_than_a_large_object_and_uses_its_memory_again()
    {
        var buffer = new ObjectBuffer();
        Memory<byte> first = buffer.For(1_000_000);
        Assert.Equal(1_000_001, first.Length);
        first.Span[0] = 77;
        Assert.Equal(77, buffer.For(999_000).Span[0]);
        Assert.Equal(2_000_001, buffer.For(2_000_000).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    [InlineData(int.MaxValue)]
    public void Small_objects_and_impossible_ones_are_not_for_it(long length) => Assert.True(new ObjectBuffer().For(length).IsEmpty);
}

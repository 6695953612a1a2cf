using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>The primitives of the format, in both directions and with malformed input.</summary>
public sealed class ByteReaderTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(1, "01")]
    [InlineData(127, "7f")]
    [InlineData(128, "8001")]
    [InlineData(300, "ac02")]
    [InlineData(16_384, "808001")]
    [InlineData(long.MaxValue, "ffffffffffffffff7f")]
    [InlineData(ulong.MaxValue, "ffffffffffffffffff01")]
    public void Numbers_have_one_form(ulong value, string hex)
    {
        var writer = new ByteWriter();
        writer.WriteNumber(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.Written));
        var reader = new ByteReader(Convert.FromHexString(hex));
        Assert.Equal(value, reader.ReadNumber());
        reader.ExpectEnd();
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(-64, "7f")]
    [InlineData(64, "8001")]
    [InlineData(long.MaxValue, "feffffffffffffffff01")]
    [InlineData(long.MinValue, "ffffffffffffffffff01")]
    public void Signed_numbers_are_zigzag(long value, string hex)
    {
        var writer = new ByteWriter();
        writer.WriteSigned(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.Written));
        Assert.Equal(value, new ByteReader(Convert.FromHexString(hex)).ReadSigned());
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("8000")]
    [InlineData("ff80808000")]
    [InlineData("ffffffffffffffffff02")]
    [InlineData("ffffffffffffffffff8001")]
    [InlineData("80808080808080808080808001")]
    public void Numbers_in_another_form_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString(hex)).ReadNumber());

    [Fact]
    public void Counts_keep_to_their_bound()
    {
        Assert.Equal(5, new ByteReader([5]).ReadCount(5));
        Assert.Throws<InvalidDataException>(() => new ByteReader([6]).ReadCount(5));
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString("ffffffffffffffffff01")).ReadCount(int.MaxValue));
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString("ffffffffffffffffff01")).ReadLong());
        Assert.Throws<InvalidDataException>(() => new ByteReader([3, 1, 2]).ReadRun(10));
        Assert.Throws<InvalidDataException>(() => new ByteReader([3, 1, 2, 3]).ReadRun(2));
        Assert.Throws<InvalidDataException>(() => new ByteReader([1, 2]).ReadBytes(-1));
        Assert.Throws<InvalidDataException>(() => new ByteReader(new byte[23]).ReadId());
        Assert.Throws<InvalidDataException>(() => new ByteReader([1]).ExpectEnd());
        Assert.Throws<OverflowException>(() => new ByteWriter().WriteNumber(-1L));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_sequence_of_values_comes_back(int seed)
    {
        var random = new Random(seed);
        var writer = new ByteWriter(1);
        var expected = new List<object>();
        for (int i = 0; i < 20_000; i++)
        {
            ulong number = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            switch (random.Next(5))
            {
                case 0: writer.WriteByte((byte)number); expected.Add((byte)number); break;
                case 1: writer.WriteNumber(number); expected.Add(number); break;
                case 2: writer.WriteSigned((long)number); expected.Add((long)number); break;
                case 3:
                    byte[] run = SplitMix.Bytes(number, random.Next(300));
                    writer.WriteRun(run);
                    expected.Add(run);
                    break;
                default:
                    var id = new BlobId(SplitMix.Bytes(number, 24));
                    writer.WriteId(id);
                    expected.Add(id);
                    break;
            }
        }

        var reader = new ByteReader(writer.ToArray());
        foreach (object value in expected)
        {
            object found = value switch
            {
                byte => reader.ReadByte(),
                ulong => reader.ReadNumber(),
                long => reader.ReadSigned(),
                byte[] => reader.ReadRun(300).ToArray(),
                _ => reader.ReadId(),
            };
            Assert.Equal(value, found);
        }

        reader.ExpectEnd();
    }

    [Fact]
    public void A_cleared_writer_begins_anew()
    {
        var writer = new ByteWriter(4);
        writer.WriteBytes([4, 3, 2, 1]);
        Assert.Equal([4, 3, 2, 1], writer.Written.ToArray());
        writer.Clear();
        writer.WriteByte(9);
        Assert.Equal([9], writer.Written.ToArray());
    }

    [Fact]
    public void Ids_compare_as_their_bytes_and_print_as_hex()
    {
        var random = new Random(5);
        for (int i = 0; i < 1000; i++)
        {
            byte[] a = new byte[24], b = new byte[24];
            random.NextBytes(a);
            a.CopyTo(b, 0);
            b[random.Next(24)] = (byte)random.Next(256);
            BlobId x = new(a), y = new(b);
            Assert.Equal(Math.Sign(a.AsSpan().SequenceCompareTo(b)), Math.Sign(x.CompareTo(y)));
            Assert.Equal(a.AsSpan().SequenceEqual(b), x.Equals(y));
            Assert.Equal(x, BlobId.Parse(x.ToString()));
            Assert.Equal(Convert.ToHexStringLower(a), x.ToString());
        }
    }
}

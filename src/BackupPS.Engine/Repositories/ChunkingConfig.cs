using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>How content is cut; fixed when the repository is created, since another cut would store everything again.</summary>
internal sealed record ChunkingConfig
{
    public const string FastCdc = "fastcdc", FixedSize = "fixed";

    /// <summary>The smallest average: below it the index outgrows what it saves.</summary>
    public const int SmallestAverage = 64 * 1024;

    /// <summary>The largest average: a chunk is at most four times as long, which is the bound of a segment.</summary>
    public const int LargestAverage = 4 * 1024 * 1024;

    /// <summary>
    /// 64 KiB, 256 KiB and 1 MiB. Chunks are joined into segments of 1 MiB, so that small ones compress as well as large ones; they cost 38 bytes of
    /// index each, and make a database with scattered changes add less: 390 in place of 861 MB, measured on one of 2 GB against an average of 1 MiB.
    /// </summary>
    public const int DefaultAverage = 256 * 1024;

    public required string Algorithm { get; init; }

    public required int Minimum { get; init; }

    public required int Average { get; init; }

    public required int Maximum { get; init; }

    public static ChunkingConfig Create(string algorithm, int average)
    {
        if (average == 0) average = DefaultAverage;
        if (average is < SmallestAverage or > LargestAverage || !int.IsPow2(average))
        {
            throw new BackupException(BackupError.InvalidArgument, $"The chunk size {average} is not a power of two from {SmallestAverage} to {LargestAverage}.", "ChunkSize");
        }

        return algorithm == FixedSize
            ? new ChunkingConfig { Algorithm = FixedSize, Minimum = average, Average = average, Maximum = average }
            : new ChunkingConfig { Algorithm = FastCdc, Minimum = average / 4, Average = average, Maximum = average * 4 };
    }

    /// <summary>Whether a decoded configuration is one that <see cref="Create"/> could have made.</summary>
    public bool IsValid() =>
        Algorithm is FastCdc or FixedSize && Average is >= SmallestAverage and <= LargestAverage && int.IsPow2(Average)
        && this == Create(Algorithm, Average);

    public static ChunkingConfig Read(JsonFields fields) => new()
    {
        Algorithm = fields.Text("algorithm"),
        Minimum = fields.Small("minimum"),
        Average = fields.Small("average"),
        Maximum = fields.Small("maximum"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("algorithm", Algorithm);
        json.WriteNumber("minimum", Minimum);
        json.WriteNumber("average", Average);
        json.WriteNumber("maximum", Maximum);
    }
}

namespace BackupPS.Engine.Chunking;

/// <summary>Cuts a stream of content into chunks. Stateless between cuts: each cut depends only on the bytes since the last.</summary>
internal interface IChunker
{
    /// <summary>No chunk is longer.</summary>
    int MaximumLength { get; }

    /// <summary>A content of this length or less is always one chunk.</summary>
    int MinimumLength { get; }

    /// <summary>Length of the first chunk of <paramref name="content"/>, which holds <see cref="MaximumLength"/> bytes or reaches to the end of the stream.</summary>
    int FindCut(ReadOnlySpan<byte> content);
}

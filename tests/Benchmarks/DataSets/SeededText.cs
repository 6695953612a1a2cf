using System.Text;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Text that compresses about as well as prose or logs: words of a made-up language, the common ones more often.</summary>
internal sealed class SeededText
{
    // zstd level 3 takes such text to some 40 %, between source code (20 %) and pictures (100 %).
    private const int Vocabulary = 4096;

    private readonly SeededRandom random;
    private readonly byte[][] words = new byte[Vocabulary][];

    public SeededText(SeededRandom random)
    {
        this.random = random;
        // The language is the same for every text.
        var letters = new SeededRandom(0x776F726473);
        for (int i = 0; i < Vocabulary; i++)
        {
            var word = new StringBuilder();
            for (int syllables = 1 + letters.Below(4); syllables > 0; syllables--)
            {
                word.Append("bcdfghklmnprstvwz"[letters.Below(17)]).Append("aeiou"[letters.Below(5)]);
                if (letters.Below(3) == 0) word.Append("nrstl"[letters.Below(5)]);
            }

            words[i] = Encoding.ASCII.GetBytes(word.Append(letters.Below(12) == 0 ? ".\n" : " ").ToString());
        }
    }

    public void Fill(Span<byte> text)
    {
        while (!text.IsEmpty)
        {
            // The smaller of two draws: the first words of the list are the common ones.
            ulong draw = random.Next();
            byte[] word = words[Math.Min((int)(draw & (Vocabulary - 1)), (int)((draw >> 32) & (Vocabulary - 1)))];
            int length = Math.Min(word.Length, text.Length);
            word.AsSpan(0, length).CopyTo(text);
            text = text[length..];
        }
    }

    public string Next(int length)
    {
        byte[] bytes = new byte[length];
        Fill(bytes);
        return Encoding.ASCII.GetString(bytes);
    }
}

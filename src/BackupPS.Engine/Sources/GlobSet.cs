using System.Text;

namespace BackupPS.Engine.Sources;

/// <summary>A bracket expression of an ignore file, such as <c>[a-z]</c> or <c>[!0-9]</c>.</summary>
/// <param name="negated">Whether it means every character but these.</param>
internal sealed class GlobSet(bool negated)
{
    private readonly List<(int First, int Last)> _ranges = [];

    /// <summary>Adds the characters from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public void Add(int first, int last) => _ranges.Add((first, last));

    /// <summary>Adds a class such as <c>digit</c>; <see langword="false"/> when there is none of that name. As in git they are those of ASCII.</summary>
    public bool TryAddClass(ReadOnlySpan<char> name)
    {
        switch (name)
        {
            case "alnum": AddAll(('0', '9'), ('A', 'Z'), ('a', 'z')); return true;
            case "alpha": AddAll(('A', 'Z'), ('a', 'z')); return true;
            case "blank": AddAll((' ', ' '), ('\t', '\t')); return true;
            case "cntrl": AddAll(('\0', '\x1F'), ('\x7F', '\x7F')); return true;
            case "digit": AddAll(('0', '9')); return true;
            case "graph": AddAll(('!', '~')); return true;
            case "lower": AddAll(('a', 'z')); return true;
            case "print": AddAll((' ', '~')); return true;
            case "punct": AddAll(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')); return true;
            case "space": AddAll((' ', ' '), ('\t', '\r')); return true;
            case "upper": AddAll(('A', 'Z')); return true;
            case "xdigit": AddAll(('0', '9'), ('A', 'F'), ('a', 'f')); return true;
            default: return false;
        }
    }

    private void AddAll(params ReadOnlySpan<(int First, int Last)> ranges) => _ranges.AddRange(ranges);

    /// <summary>Whether a character (a code point, or a lone surrogate) is meant.</summary>
    public bool Contains(int character, bool ignoreCase)
    {
        bool found = Has(character);
        if (!found && ignoreCase && Rune.TryCreate(character, out Rune rune))
        {
            found = Has(Rune.ToLowerInvariant(rune).Value) || Has(Rune.ToUpperInvariant(rune).Value);
        }

        return found != negated;
    }

    private bool Has(int character)
    {
        foreach ((int first, int last) in _ranges)
        {
            if (character >= first && character <= last) return true;
        }

        return false;
    }
}

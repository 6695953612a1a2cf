namespace BackupPS.Engine.Sources;

/// <summary>A pattern of one name. Matching takes at most (length of name) times (length of pattern) steps, whatever the pattern.</summary>
internal sealed class GlobSegment
{
    private readonly GlobToken[] _tokens;
    private readonly bool _ignoreCase;
    // The two commonest forms need no steps: a plain name, and * before one (*.tmp).
    private readonly string? _literal;
    private readonly bool _isSuffix;

    /// <summary>Compiles the elements.</summary>
    public GlobSegment(IReadOnlyList<GlobToken> tokens, bool ignoreCase)
    {
        _tokens = [.. tokens];
        _ignoreCase = ignoreCase;
        _isSuffix = _tokens.Length > 0 && _tokens[0].Kind == GlobTokenKind.AnyRun;
        GlobToken[] rest = _isSuffix ? _tokens[1..] : _tokens;
        if (Array.TrueForAll(rest, token => token.Kind == GlobTokenKind.Literal)) _literal = string.Concat(rest.Select(token => token.Literal));
    }

    /// <summary>Whether a name matches as a whole.</summary>
    public bool Matches(ReadOnlySpan<char> name)
    {
        if (_literal is not null)
        {
            StringComparison comparison = _ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            return _isSuffix ? name.EndsWith(_literal, comparison) : name.Equals(_literal, comparison);
        }

        // Going back to the last run is enough: whatever an earlier one could take, the last can.
        int token = 0, at = 0, runToken = -1, runAt = 0;
        while (at < name.Length)
        {
            if (token < _tokens.Length && _tokens[token].Kind == GlobTokenKind.AnyRun)
            {
                runToken = token++;
                runAt = at;
            }
            else if (token < _tokens.Length && MatchOne(_tokens[token], name[at..]) is > 0 and int length)
            {
                token++;
                at += length;
            }
            else if (runToken >= 0)
            {
                token = runToken + 1;
                at = ++runAt;
            }
            else
            {
                return false;
            }
        }

        while (token < _tokens.Length && _tokens[token].Kind == GlobTokenKind.AnyRun) token++;
        return token == _tokens.Length;
    }

    // Length of what the element matches at the start of the text; 0 when it does not.
    private int MatchOne(in GlobToken token, ReadOnlySpan<char> text)
    {
        if (token.Kind == GlobTokenKind.Literal)
        {
            bool same = text[0] == token.Literal || (_ignoreCase && char.ToUpperInvariant(text[0]) == char.ToUpperInvariant(token.Literal));
            return same ? 1 : 0;
        }

        // A lone surrogate stands for a byte that is not UTF-8, and is a character of its own.
        bool isPair = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]);
        int length = isPair ? 2 : 1;
        if (token.Kind == GlobTokenKind.AnyCharacter) return length;
        int character = isPair ? char.ConvertToUtf32(text[0], text[1]) : text[0];
        return token.Set!.Contains(character, _ignoreCase) ? length : 0;
    }
}

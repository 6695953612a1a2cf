namespace BackupPS.Engine.Sources;

/// <summary>Reads the part of an ignore rule up to its next slash, as git's wildmatch.c does.</summary>
/// <param name="text">The rest of the rule.</param>
internal ref struct IgnoreSegmentParser(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    /// <summary>Characters that were read; the slash is not one of them.</summary>
    public readonly int Length => _at;

    /// <summary><see langword="false"/> when it can match nothing: it is empty, a bracket stays open, a class is unknown, or a backslash ends it.</summary>
    public bool TryParse(out List<GlobToken> tokens)
    {
        tokens = [];
        while (_at < _text.Length && _text[_at] != '/')
        {
            char c = _text[_at++];
            switch (c)
            {
                case '*':
                    tokens.Add(new GlobToken(GlobTokenKind.AnyRun));
                    break;
                case '?':
                    tokens.Add(new GlobToken(GlobTokenKind.AnyCharacter));
                    break;
                case '[':
                    if (!TryParseSet(out GlobSet? set)) return false;
                    tokens.Add(new GlobToken(GlobTokenKind.Set, Set: set));
                    break;
                case '\\':
                    if (_at == _text.Length) return false;
                    if (_text[_at] == '/') return tokens.Count > 0; // a slash is one with a backslash too
                    tokens.Add(new GlobToken(GlobTokenKind.Literal, _text[_at++]));
                    break;
                default:
                    tokens.Add(new GlobToken(GlobTokenKind.Literal, c));
                    break;
            }
        }

        return tokens.Count > 0;
    }

    // Behind the opening bracket. A slash in it is read, though no name has one.
    private bool TryParseSet(out GlobSet? set)
    {
        bool negated = Peek() is '!' or '^';
        if (negated) _at++;
        set = new GlobSet(negated);
        int previous = -1; // what a range would begin with
        bool first = true; // ] is itself when it comes first
        while (_at < _text.Length)
        {
            if (Peek() == ']' && !first)
            {
                _at++;
                return true;
            }

            first = false;
            if (Peek() == '-' && previous >= 0 && _at + 1 < _text.Length && _text[_at + 1] != ']')
            {
                _at++;
                if (!TryReadCharacter(out int last)) return false;
                set.Add(previous, last);
                previous = -1;
            }
            else if (Peek() == '[' && _at + 1 < _text.Length && _text[_at + 1] == ':' && EndOfClass() is > 0 and int end)
            {
                if (!set.TryAddClass(_text[(_at + 2)..(end - 1)])) return false;
                _at = end + 1;
                previous = -1;
            }
            else
            {
                if (!TryReadCharacter(out previous)) return false;
                set.Add(previous, previous);
            }
        }

        return false;
    }

    private readonly char Peek() => _at < _text.Length ? _text[_at] : '\0';

    // Index of the ] of [:name:]; -1 when the next ] has no colon before it, and [ is an ordinary character.
    private readonly int EndOfClass()
    {
        int length = _text[(_at + 2)..].IndexOf(']');
        int end = _at + 2 + length;
        return length > 0 && _text[end - 1] == ':' ? end : -1;
    }

    private bool TryReadCharacter(out int character)
    {
        character = -1;
        if (Peek() == '\\') _at++;
        if (_at >= _text.Length) return false;
        bool isPair = _at + 1 < _text.Length && char.IsSurrogatePair(_text[_at], _text[_at + 1]);
        character = isPair ? char.ConvertToUtf32(_text[_at], _text[_at + 1]) : _text[_at];
        _at += isPair ? 2 : 1;
        return true;
    }
}

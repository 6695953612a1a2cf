using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BackupPS.Engine.Policies;

/// <summary>
/// Policies in a JSON file that people keep and edit: an object, or an array of objects, with the members of <see cref="BackupPolicy"/>. What has its default
/// may be missing. Comments and trailing commas are allowed, and case does not count. It holds no secret: a policy has none.
/// </summary>
internal static class PolicyFile
{
    /// <summary>Bytes that a file may have at most.</summary>
    public const int MaximumLength = 16 << 20;

    // So many letters may be wrong in a name for another to be suggested.
    private const int MaximumSlips = 2;

    private static readonly PolicyMember[] Members =
    [
        new(nameof(BackupPolicy.PolicyName), PolicyMemberKind.Text, static p => p.PolicyName),
        new(nameof(BackupPolicy.Source), PolicyMemberKind.Texts, static p => p.Source),
        new(nameof(BackupPolicy.Repository), PolicyMemberKind.Text, static p => p.Repository),
        new(nameof(BackupPolicy.Include), PolicyMemberKind.Texts, static p => p.Include),
        new(nameof(BackupPolicy.Exclude), PolicyMemberKind.Texts, static p => p.Exclude),
        new(nameof(BackupPolicy.ExcludeLargerThan), PolicyMemberKind.Number, static p => p.ExcludeLargerThan),
        new(nameof(BackupPolicy.ExcludeCaches), PolicyMemberKind.Flag, static p => p.ExcludeCaches),
        new(nameof(BackupPolicy.OneFileSystem), PolicyMemberKind.Flag, static p => p.OneFileSystem),
        new(nameof(BackupPolicy.FullEvery), PolicyMemberKind.Text, static p => p.FullEvery),
        new(nameof(BackupPolicy.KeepLast), PolicyMemberKind.Count, static p => (long)p.KeepLast),
        new(nameof(BackupPolicy.KeepHourly), PolicyMemberKind.Count, static p => (long)p.KeepHourly),
        new(nameof(BackupPolicy.KeepDaily), PolicyMemberKind.Count, static p => (long)p.KeepDaily),
        new(nameof(BackupPolicy.KeepWeekly), PolicyMemberKind.Count, static p => (long)p.KeepWeekly),
        new(nameof(BackupPolicy.KeepMonthly), PolicyMemberKind.Count, static p => (long)p.KeepMonthly),
        new(nameof(BackupPolicy.KeepYearly), PolicyMemberKind.Count, static p => (long)p.KeepYearly),
        new(nameof(BackupPolicy.KeepWithin), PolicyMemberKind.Text, static p => p.KeepWithin),
        new(nameof(BackupPolicy.TimeZone), PolicyMemberKind.Text, static p => p.TimeZone),
        new(nameof(BackupPolicy.Verify), PolicyMemberKind.Text, static p => p.Verify),
        new(nameof(BackupPolicy.Tag), PolicyMemberKind.Texts, static p => p.Tag),
    ];

    // What ConvertTo-Json makes of a policy has these, too; each host finds them itself.
    private static readonly string[] PassedOver =
        [nameof(BackupPolicy.RepositoryId), nameof(BackupPolicy.Keep), nameof(BackupPolicy.Created), nameof(BackupPolicy.Modified)];

    private static readonly BackupPolicy Plain = new() { PolicyName = "", Source = [], Repository = "", RepositoryId = "" };

    /// <summary>The content of a file with some policies. What has its default is left out.</summary>
    /// <exception cref="BackupException">A path holds bytes that are no text, which JSON cannot carry (<see cref="BackupError.NameNotRepresentable"/>).</exception>
    public static ReadOnlyMemory<byte> Write(IEnumerable<BackupPolicy> policies)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var readable = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(bytes, readable))
        {
            json.WriteStartArray();
            foreach (BackupPolicy policy in policies)
            {
                json.WriteStartObject();
                foreach (PolicyMember member in Members.Where(m => m.IsRequired || !Same(m.Value(policy), m.Value(Plain))))
                {
                    Write(json, policy.PolicyName, member.Name, member.Value(policy));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }

    /// <summary>The policies in a file, in its order, each with its places there.</summary>
    /// <param name="path">What errors call the file.</param>
    /// <param name="content">Its content, UTF-8.</param>
    /// <exception cref="BackupException">It is no such file (<see cref="BackupError.PolicyFileInvalid"/>); the message names line and column.</exception>
    public static IReadOnlyList<PolicyFileEntry> Read(string path, ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        if (content.StartsWith(mark)) content = content[mark.Length..];
        var text = new PolicyFileText(path, content.ToArray());
        var reader = new Utf8JsonReader(content, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            var entries = new List<PolicyFileEntry>();
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                entries.Add(ReadPolicy(ref reader, text));
            }
            else
            {
                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    throw text.Invalid(reader.TokenStartIndex, "A policy, which is an object, or an array of policies is expected.");
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) entries.Add(ReadPolicy(ref reader, text));
            }

            // What follows is an exception of the reader.
            reader.Read();
            return entries;
        }
        catch (JsonException e)
        {
            throw text.Invalid(e);
        }
        catch (InvalidOperationException e)
        {
            throw text.Invalid(reader.TokenStartIndex, e.Message);
        }
    }

    private static PolicyFileEntry ReadPolicy(ref Utf8JsonReader reader, PolicyFileText text)
    {
        long start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject) throw text.Invalid(start, "A policy is an object in braces.");
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long at = reader.TokenStartIndex;
            string name = reader.GetString()!;
            PolicyMember? member = Array.Find(Members, m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            reader.Read();
            if (member is null)
            {
                if (!PassedOver.Contains(name, StringComparer.OrdinalIgnoreCase)) throw text.Invalid(at, $"A policy has no '{name}'.{Suggest(name)}");
                reader.Skip();
                continue;
            }

            if (places.ContainsKey(member.Name)) throw text.Invalid(at, $"'{member.Name}' is there twice.");
            places[member.Name] = reader.TokenStartIndex;
            values[member.Name] = ReadValue(ref reader, member, text, places);
        }

        foreach (PolicyMember member in Members.Where(m => m.IsRequired && !values.ContainsKey(m.Name) && m.Name != nameof(BackupPolicy.Repository)))
        {
            throw text.Invalid(start, $"The policy has no '{member.Name}'.");
        }

        return new PolicyFileEntry(Build(values), text, start, places);
    }

    private static object ReadValue(ref Utf8JsonReader reader, PolicyMember member, PolicyFileText text, Dictionary<string, long> places)
    {
        switch (member.Kind, reader.TokenType)
        {
            case (PolicyMemberKind.Text, JsonTokenType.String):
                return reader.GetString()!;
            case (PolicyMemberKind.Number or PolicyMemberKind.Count, JsonTokenType.Number)
                when reader.TryGetInt64(out long number) && (member.Kind == PolicyMemberKind.Number || (int)number == number):
                return number;
            case (PolicyMemberKind.Flag, JsonTokenType.True or JsonTokenType.False):
                return reader.GetBoolean();
            case (PolicyMemberKind.Texts, JsonTokenType.String):
                return new[] { reader.GetString()! };
            case (PolicyMemberKind.Texts, JsonTokenType.StartArray):
                var texts = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.String) throw text.Invalid(reader.TokenStartIndex, $"'{member.Name}' is an array of texts.");
                    texts.Add(reader.GetString()!);
                    places.TryAdd(texts[^1], reader.TokenStartIndex);
                }

                return texts.ToArray();
            default:
                string kind = member.Kind switch
                {
                    PolicyMemberKind.Text => "a text",
                    PolicyMemberKind.Texts => "an array of texts",
                    PolicyMemberKind.Flag => "true or false",
                    _ => "a whole number",
                };
                throw text.Invalid(reader.TokenStartIndex, $"'{member.Name}' is {kind}.");
        }
    }

    private static BackupPolicy Build(Dictionary<string, object> values)
    {
        return new BackupPolicy
        {
            PolicyName = Text(nameof(BackupPolicy.PolicyName)),
            Source = Texts(nameof(BackupPolicy.Source)),
            Repository = Text(nameof(BackupPolicy.Repository)),
            RepositoryId = "",
            Include = Texts(nameof(BackupPolicy.Include)),
            Exclude = Texts(nameof(BackupPolicy.Exclude)),
            ExcludeLargerThan = Number(nameof(BackupPolicy.ExcludeLargerThan)),
            ExcludeCaches = Flag(nameof(BackupPolicy.ExcludeCaches)),
            OneFileSystem = Flag(nameof(BackupPolicy.OneFileSystem)),
            FullEvery = Text(nameof(BackupPolicy.FullEvery)),
            KeepLast = (int)Number(nameof(BackupPolicy.KeepLast)),
            KeepHourly = (int)Number(nameof(BackupPolicy.KeepHourly)),
            KeepDaily = (int)Number(nameof(BackupPolicy.KeepDaily)),
            KeepWeekly = (int)Number(nameof(BackupPolicy.KeepWeekly)),
            KeepMonthly = (int)Number(nameof(BackupPolicy.KeepMonthly)),
            KeepYearly = (int)Number(nameof(BackupPolicy.KeepYearly)),
            KeepWithin = Text(nameof(BackupPolicy.KeepWithin)),
            TimeZone = Text(nameof(BackupPolicy.TimeZone)),
            Verify = values.ContainsKey(nameof(BackupPolicy.Verify)) ? Text(nameof(BackupPolicy.Verify)) : Plain.Verify,
            Tag = Texts(nameof(BackupPolicy.Tag)),
        };

        string Text(string name) => values.GetValueOrDefault(name) as string ?? "";
        string[] Texts(string name) => values.GetValueOrDefault(name) as string[] ?? [];
        long Number(string name) => values.GetValueOrDefault(name) as long? ?? 0;
        bool Flag(string name) => values.GetValueOrDefault(name) as bool? ?? false;
    }

    private static void Write(Utf8JsonWriter json, string policy, string name, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteString(name, Check(policy, text));
                break;
            case string[] texts:
                json.WriteStartArray(name);
                foreach (string text in texts) json.WriteStringValue(Check(policy, text));
                json.WriteEndArray();
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            default:
                json.WriteNumber(name, (long)value);
                break;
        }
    }

    private static string Check(string policy, string text)
    {
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int length) != OperationStatus.Done)
            {
                throw new BackupException(
                    BackupError.NameNotRepresentable,
                    $"The policy '{policy}' names '{PathText.ToDisplay(text)}', which holds bytes that are not text. A JSON file cannot carry them.",
                    policy);
            }

            rest = rest[length..];
        }

        return text;
    }

    private static bool Same(object one, object other) =>
        one is string[] texts ? texts.SequenceEqual((string[])other, StringComparer.Ordinal) : one.Equals(other);

    private static string Suggest(string name)
    {
        string? near = Members.Select(static m => m.Name).FirstOrDefault(m => Slips(name.ToUpperInvariant(), m.ToUpperInvariant()) <= MaximumSlips);
        return near is null ? $" It may have: {string.Join(", ", Members.Select(static m => m.Name))}." : $" Did you mean '{near}'?";
    }

    // How many letters are to be changed, put in or left out (Levenshtein).
    private static int Slips(string one, string other)
    {
        int[] above = [.. Enumerable.Range(0, other.Length + 1)], row = new int[other.Length + 1];
        for (int i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= other.Length; j++) row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
            (above, row) = (row, above);
        }

        return above[other.Length];
    }

    private enum PolicyMemberKind
    {
        Text,
        Texts,
        Number,
        Count,
        Flag,
    }

    private sealed record PolicyMember(string Name, PolicyMemberKind Kind, Func<BackupPolicy, object> Value)
    {
        public bool IsRequired => Name is nameof(BackupPolicy.PolicyName) or nameof(BackupPolicy.Source) or nameof(BackupPolicy.Repository);
    }
}

using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Writes rows with drawn content. Lives as long as its connection.</summary>
internal sealed class DatabaseRows
{
    private static readonly string[] States = ["new", "paid", "shipped", "delivered", "returned"];
    private static readonly string[] Kinds = ["invoice", "label", "photo"];

    private readonly SeededRandom random;
    private readonly SeededText text;
    private readonly SqliteCommand addCustomer;
    private readonly SqliteCommand addPurchase;
    private readonly SqliteCommand addDocument;
    private readonly SqliteCommand updateCustomer;
    private readonly SqliteCommand updatePurchase;

    public DatabaseRows(SqliteConnection connection, SeededRandom random)
    {
        this.random = random;
        text = new SeededText(random);
        addCustomer = Prepare(connection, "INSERT INTO customer (name, email, notes, balance) VALUES ($1, $2, $3, $4)", 4);
        addPurchase = Prepare(connection, "INSERT INTO purchase (customer, placed, status, lines) VALUES ($1, $2, $3, $4)", 4);
        addDocument = Prepare(connection, "INSERT INTO document (purchase, kind, body) VALUES ($1, $2, $3)", 3);
        updateCustomer = Prepare(connection, "UPDATE customer SET balance = $2, notes = $3 WHERE id = $1", 3);
        updatePurchase = Prepare(connection, "UPDATE purchase SET status = $2 WHERE id = $1", 2);
        Customers = Count(connection, "SELECT ifnull(max(id), 0) FROM customer");
        Purchases = Count(connection, "SELECT ifnull(max(id), 0) FROM purchase");
    }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Customers { get; private set; }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Purchases { get; private set; }

    public void AddCustomer()
    {
        Run(addCustomer, text.Next(8 + random.Below(16)), $"{random.Next() % 1_000_000_000_000:x}@example.org", text.Next(100 + random.Below(400)), random.Below(1_000_000));
        Customers++;
    }

    public void AddPurchase()
    {
        string lines = string.Join(',', Enumerable.Range(0, 1 + random.Below(5)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"{{\"article\":{random.Below(50_000)},\"count\":{1 + random.Below(9)},\"cents\":{random.Below(100_000)},\"name\":\"{text.Next(20).Replace('\n', ' ')}\"}}")));
        Run(addPurchase, 1 + random.Below((int)Customers), 1_600_000_000 + (Purchases * 60), States[random.Below(States.Length)], $"[{lines}]");
        Purchases++;
    }

    public void AddDocument()
    {
        // A head of text and a body that is compressed already, as in a PDF with a picture.
        byte[] body = new byte[1000 + random.Below(12_000)];
        int head = body.Length / 2;
        text.Fill(body.AsSpan(0, head));
        random.Fill(body.AsSpan(head));
        Run(addDocument, Purchases, Kinds[random.Below(Kinds.Length)], body);
    }

    public void UpdateCustomer(long id) => Run(updateCustomer, id, random.Below(1_000_000), text.Next(100 + random.Below(400)));

    public void UpdatePurchase(long id) => Run(updatePurchase, id, States[random.Below(States.Length)]);

    private static SqliteCommand Prepare(SqliteConnection connection, string statement, int parameters)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this class.
        command.CommandText = statement;
#pragma warning restore CA2100
        for (int i = 1; i <= parameters; i++) command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i}"), DBNull.Value);
        return command;
    }

    private static long Count(SqliteConnection connection, string query)
    {
        using SqliteCommand command = Prepare(connection, query, 0);
        return (long)command.ExecuteScalar()!;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }
}

using System.Globalization;
using BackupPS.Engine.Catalog;
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

    public DatabaseRows(SqliteConnection database, SeededRandom random)
    {
        this.random = random;
        text = new SeededText(random);
        addCustomer = database.Prepare("INSERT INTO customer (name, email, notes, balance) VALUES ($name, $email, $notes, $balance)");
        addPurchase = database.Prepare("INSERT INTO purchase (customer, placed, status, lines) VALUES ($customer, $placed, $status, $lines)");
        addDocument = database.Prepare("INSERT INTO document (purchase, kind, body) VALUES ($purchase, $kind, $body)");
        updateCustomer = database.Prepare("UPDATE customer SET balance = $balance, notes = $notes WHERE id = $id");
        updatePurchase = database.Prepare("UPDATE purchase SET status = $status WHERE id = $id");
        Customers = database.Scalar<long>("SELECT ifnull(max(id), 0) FROM customer");
        Purchases = database.Scalar<long>("SELECT ifnull(max(id), 0) FROM purchase");
    }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Customers { get; private set; }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Purchases { get; private set; }

    public void AddCustomer()
    {
        addCustomer
            .Bind("$name", text.Next(8 + random.Below(16)))
            .Bind("$email", $"{random.Next() % 1_000_000_000_000:x}@example.org")
            .Bind("$notes", text.Next(100 + random.Below(400)))
            .Bind("$balance", random.Below(1_000_000))
            .ExecuteNonQuery();
        Customers++;
    }

    public void AddPurchase()
    {
        string lines = string.Join(',', Enumerable.Range(0, 1 + random.Below(5)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"{{\"article\":{random.Below(50_000)},\"count\":{1 + random.Below(9)},\"cents\":{random.Below(100_000)},\"name\":\"{text.Next(20).Replace('\n', ' ')}\"}}")));
        addPurchase
            .Bind("$customer", 1 + random.Below((int)Customers))
            .Bind("$placed", 1_600_000_000 + (Purchases * 60))
            .Bind("$status", States[random.Below(States.Length)])
            .Bind("$lines", $"[{lines}]")
            .ExecuteNonQuery();
        Purchases++;
    }

    public void AddDocument()
    {
        // A head of text and a body that is compressed already, as in a PDF with a picture.
        byte[] body = new byte[1000 + random.Below(12_000)];
        int head = body.Length / 2;
        text.Fill(body.AsSpan(0, head));
        random.Fill(body.AsSpan(head));
        addDocument.Bind("$purchase", Purchases).Bind("$kind", Kinds[random.Below(Kinds.Length)]).Bind("$body", body).ExecuteNonQuery();
    }

    public void UpdateCustomer(long id) => updateCustomer
        .Bind("$id", id)
        .Bind("$balance", random.Below(1_000_000))
        .Bind("$notes", text.Next(100 + random.Below(400)))
        .ExecuteNonQuery();

    public void UpdatePurchase(long id) => updatePurchase.Bind("$id", id).Bind("$status", States[random.Below(States.Length)]).ExecuteNonQuery();
}

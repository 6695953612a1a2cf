using System.Globalization;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Writes rows with drawn content. Lives as long as its connection.</summary>
internal sealed class DatabaseRows
{
    private static readonly string[] States = ["new", "paid", "shipped", "delivered", "returned"];
    private static readonly string[] Kinds = ["invoice", "label", "photo"];

    private readonly SeededRandom random;
    private readonly SeededText text;
    private readonly SqliteStatement addCustomer;
    private readonly SqliteStatement addPurchase;
    private readonly SqliteStatement addDocument;
    private readonly SqliteStatement updateCustomer;
    private readonly SqliteStatement updatePurchase;

    public DatabaseRows(SqliteFile database, SeededRandom random)
    {
        this.random = random;
        text = new SeededText(random);
        addCustomer = database.Prepare("INSERT INTO customer (name, email, notes, balance) VALUES (?1, ?2, ?3, ?4)");
        addPurchase = database.Prepare("INSERT INTO purchase (customer, placed, status, lines) VALUES (?1, ?2, ?3, ?4)");
        addDocument = database.Prepare("INSERT INTO document (purchase, kind, body) VALUES (?1, ?2, ?3)");
        updateCustomer = database.Prepare("UPDATE customer SET balance = ?2, notes = ?3 WHERE id = ?1");
        updatePurchase = database.Prepare("UPDATE purchase SET status = ?2 WHERE id = ?1");
        Customers = database.Prepare("SELECT ifnull(max(id), 0) FROM customer").Run();
        Purchases = database.Prepare("SELECT ifnull(max(id), 0) FROM purchase").Run();
    }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Customers { get; private set; }

    /// <summary>Rows of the table; their ids are 1 to this.</summary>
    public long Purchases { get; private set; }

    public void AddCustomer()
    {
        addCustomer.Run(text.Next(8 + random.Below(16)), $"{random.Next() % 1_000_000_000_000:x}@example.org", text.Next(100 + random.Below(400)), (long)random.Below(1_000_000));
        Customers++;
    }

    public void AddPurchase()
    {
        string lines = string.Join(',', Enumerable.Range(0, 1 + random.Below(5)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"{{\"article\":{random.Below(50_000)},\"count\":{1 + random.Below(9)},\"cents\":{random.Below(100_000)},\"name\":\"{text.Next(20).Replace('\n', ' ')}\"}}")));
        addPurchase.Run(1 + (long)random.Below((int)Customers), 1_600_000_000 + (Purchases * 60), States[random.Below(States.Length)], $"[{lines}]");
        Purchases++;
    }

    public void AddDocument()
    {
        // A head of text and a body that is compressed already, as in a PDF with a picture.
        byte[] body = new byte[1000 + random.Below(12_000)];
        int head = body.Length / 2;
        text.Fill(body.AsSpan(0, head));
        random.Fill(body.AsSpan(head));
        addDocument.Run(Purchases, Kinds[random.Below(Kinds.Length)], body);
    }

    public void UpdateCustomer(long id) => updateCustomer.Run(id, (long)random.Below(1_000_000), text.Next(100 + random.Below(400)));

    public void UpdatePurchase(long id) => updatePurchase.Run(id, States[random.Below(States.Length)]);
}

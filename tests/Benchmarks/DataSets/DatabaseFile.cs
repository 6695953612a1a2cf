using BackupPS.Benchmarks.Reporting;
using BackupPS.Engine.Catalog;
using Microsoft.Data.Sqlite;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 4: an SQLite database of 2 GB, before and after a burst of transactions.</summary>
internal sealed class DatabaseFile : IDataSet
{
    // Of the rows that a transaction touches, most are recent; a fifth is anywhere.
    private const int TransactionCount = 2000, AnywhereOneIn = 5, RecentShare = 20;
    private const string FileName = "shop.db";

    public string Name => DataSetNames.Database;

    public string Title => "4: SQLite database of 2 GB";

    public bool Changes => true;

    public bool HasHoles => false;

    public void Make(string folder, DataOrigin origin)
    {
        long size = origin.Scaled(2_000_000_000);
        using SqliteConnection database = Open(folder);
        database.Execute("""
            CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, email TEXT, notes TEXT, balance INTEGER);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER, placed INTEGER, status TEXT, lines TEXT);
            CREATE TABLE document (id INTEGER PRIMARY KEY, purchase INTEGER, kind TEXT, body BLOB);
            CREATE INDEX purchase_customer ON purchase (customer);
            CREATE INDEX customer_email ON customer (email);
            """);
        var rows = new DatabaseRows(database, origin.Random(3));
        while (new FileInfo(database.DataSource).Length < size)
        {
            database.Execute("BEGIN");
            for (int i = 0; i < 2000; i++)
            {
                rows.AddCustomer();
                for (int p = 0; p < 4; p++) rows.AddPurchase();
                rows.AddDocument();
            }

            database.Execute("COMMIT");
        }
    }

    public void Change(string folder, DataOrigin origin)
    {
        using SqliteConnection database = Open(folder);
        SeededRandom random = origin.Random(4);
        var rows = new DatabaseRows(database, random);
        long transactions = origin.Scaled(TransactionCount);
        for (int i = 0; i < transactions; i++)
        {
            database.Execute("BEGIN");
            rows.AddPurchase();
            if (i % 4 == 0) rows.AddDocument();
            rows.UpdatePurchase(Row(rows.Purchases));
            rows.UpdateCustomer(Row(rows.Customers));
            database.Execute("COMMIT");
        }

        long Row(long count)
        {
            long range = random.Below(AnywhereOneIn) == 0 ? count : Math.Max(1, count / RecentShare);
            return count - random.Below((int)range);
        }
    }

    private static SqliteConnection Open(string folder)
    {
        var options = new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, FileName), Pooling = false };
        var database = new SqliteConnection(options.ToString());
        database.Open();

        // The bytes of the file are wanted, not their safety.
        database.Execute("PRAGMA page_size = 4096; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA journal_mode = OFF");
        return database;
    }
}

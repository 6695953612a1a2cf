using BackupPS.Benchmarks.Measuring;
using Microsoft.Data.Sqlite;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 4: an SQLite database of 2 GB, before and after a burst of transactions.</summary>
internal sealed class DatabaseFile : IDataSet
{
    // Of the rows that a transaction touches, most are recent; a fifth is anywhere.
    private const int TransactionCount = 2000, AnywhereOneIn = 5, RecentShare = 20;
    private const string FileName = "shop.db";

    public string Name => "database";

    public string Title => "4: SQLite database of 2 GB";

    public bool Changes => true;

    public bool HasHoles => false;

    public void Make(string folder, DataOrigin origin)
    {
        long size = origin.Scaled(2_000_000_000);
        using SqliteConnection connection = Open(folder);
        Execute(connection, """
            CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, email TEXT, notes TEXT, balance INTEGER);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER, placed INTEGER, status TEXT, lines TEXT);
            CREATE TABLE document (id INTEGER PRIMARY KEY, purchase INTEGER, kind TEXT, body BLOB);
            CREATE INDEX purchase_customer ON purchase (customer);
            CREATE INDEX customer_email ON customer (email);
            """);
        var rows = new DatabaseRows(connection, origin.Random(3));
        while (new FileInfo(connection.DataSource).Length < size)
        {
            Execute(connection, "BEGIN");
            for (int i = 0; i < 2000; i++)
            {
                rows.AddCustomer();
                for (int p = 0; p < 4; p++) rows.AddPurchase();
                rows.AddDocument();
            }

            Execute(connection, "COMMIT");
        }
    }

    public void Change(string folder, DataOrigin origin)
    {
        using SqliteConnection connection = Open(folder);
        SeededRandom random = origin.Random(4);
        var rows = new DatabaseRows(connection, random);
        long transactions = origin.Scaled(TransactionCount);
        for (int i = 0; i < transactions; i++)
        {
            Execute(connection, "BEGIN");
            rows.AddPurchase();
            if (i % 4 == 0) rows.AddDocument();
            rows.UpdatePurchase(Row(rows.Purchases));
            rows.UpdateCustomer(Row(rows.Customers));
            Execute(connection, "COMMIT");
        }

        long Row(long count)
        {
            long range = random.Below(AnywhereOneIn) == 0 ? count : Math.Max(1, count / RecentShare);
            return count - random.Below((int)range);
        }
    }

    private static SqliteConnection Open(string folder)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, FileName), Pooling = false }.ToString());
        connection.Open();
        // The bytes of the file are wanted, not their safety.
        Execute(connection, "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;");
        return connection;
    }

    private static void Execute(SqliteConnection connection, string statement)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this class.
        command.CommandText = statement;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Storage;

/// <summary>What the tables of columns say is what the migrations made.</summary>
public sealed class ColumnTableTests : IAsyncLifetime
{
    private readonly BackendHost _host = new(TestStorage.Sqlite);

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void ReadingsHaveTheseColumnsAndNoOthers()
    {
        Dictionary<string, string> schema = SchemaOf("readings");
        Assert.Equal(schema.OrderBy(static c => c.Key), Said(ReadingColumns.Table).OrderBy(static c => c.Key));

        // Whatever is not the storage's own number is written.
        Assert.Equal(
            ["id"], ReadingColumns.Table.Columns.Where(static c => c.Type is not null && c.Get is null).Select(static c => c.Name));
    }

    [Fact]
    public void DevicesHaveTheseColumns()
    {
        Dictionary<string, string> schema = SchemaOf("devices");
        Assert.All(Said(DeviceColumns.Table), column => Assert.Equal(column.Value, schema[column.Key]));
    }

    [Fact]
    public void HeartbeatsHaveTheseColumnsAndNoOthers()
    {
        Assert.Equal(SchemaOf("heartbeats").OrderBy(static c => c.Key), Said(HeartbeatColumns.Table).OrderBy(static c => c.Key));
        Assert.Equal(["id"], HeartbeatColumns.Table.Columns.Where(static c => c.Get is null).Select(static c => c.Name));
    }

    [Fact]
    public void ConfigurationsHaveTheseColumnsAndNoOthers()
    {
        Assert.Equal(SchemaOf("device_configs").OrderBy(static c => c.Key), Said(ConfigColumns.Table).OrderBy(static c => c.Key));
        Assert.All(ConfigColumns.Table.Columns, static c => Assert.NotNull(c.Get));
        Assert.Equal(["device_id"], ConfigColumns.Table.Columns.Where(static c => c.Set is null).Select(static c => c.Name));
    }

    private static Dictionary<string, string> Said<TIn, TOut>(ColumnTable<TIn, TOut> table) =>
        table.Columns.Where(static c => c.Type is not null).ToDictionary(static c => c.Name.Trim('"'), static c => c.Type!);

    private Dictionary<string, string> SchemaOf(string table) =>
        _host.Services.GetRequiredService<Store>().Read(table, static (session, name) =>
        {
            Dictionary<string, string> columns = [];
            using SqlStatement row = session.Query("SELECT name, type, \"notnull\" FROM pragma_table_info($1)", name);
            while (row.Read())
            {
                columns[row.Text(0)] = row.Text(1) + (row.Int32(2) != 0 ? " NOT NULL" : "");
            }

            return columns;
        });
}

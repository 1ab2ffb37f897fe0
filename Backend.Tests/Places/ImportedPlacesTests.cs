using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Operation;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Tests.Places;

/// <summary>
/// In the predecessor's file a name is the place: devices of one name share one here, and a name joins nothing that was here before.
/// </summary>
public abstract class ImportedPlacesTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task NamesOfTheOldFileBecomePlaces()
    {
        long rival = await PlaceAsync("Shop");
        string path = Path.Combine(Directory.CreateTempSubdirectory("jambox-import-test-").FullName, "old.db");
        try
        {
            MaintenanceTests.MakePredecessor(path);
            Change(path, """
                DELETE FROM devices WHERE device_id NOT LIKE 'JBNB%';
                UPDATE devices SET location_name = 'Shop', timezone = 'Europe/Berlin';
                INSERT INTO devices (device_id, token_hash, location_name, registered_at) SELECT 'JBNB0778', substr(token_hash,
                    33) || substr(token_hash, 1, 32), 'Shop', registered_at FROM devices;
                """);
            await ImportAsync(path);
            JsonElement[] places = await Host.ListAsync("/api/places");
            JsonElement made = Assert.Single(places, place => place.GetProperty("id").GetInt64() != rival);
            Assert.Equal(
                "Shop Europe/Berlin 2", $"{made.GetProperty("name")} {made.GetProperty("timezone")} {made.GetProperty("devices")}");
            long id = made.GetProperty("id").GetInt64();
            Assert.True(await UniqueAsync($"place={id}&day=2026-01-28") > 0);

            // Once more, with one that is new: it joins those of its name, as long as the place bears it.
            Change(
                path,
                "INSERT INTO devices (device_id, token_hash, location_name, registered_at) SELECT 'JBNB0779', substr(token_hash, 17) || substr(token_hash, 1, 16), 'Shop', registered_at FROM devices LIMIT 1;");
            await ImportAsync(path);
            Assert.Equal(3, (await GetAsync($"/api/places/{id}")).GetProperty("place").GetProperty("devices").GetInt32());
            Assert.Equal(0, (await GetAsync($"/api/places/{rival}")).GetProperty("place").GetProperty("devices").GetInt32());
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    /// <summary>The file comes in by slices; its places are those of the whole file.</summary>
    [Fact]
    public async Task APlaceOfManySlicesIsOne()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("jambox-import-test-").FullName, "old.db");
        try
        {
            MaintenanceTests.MakePredecessor(path);
            Change(path, """
                DELETE FROM devices;
                WITH RECURSIVE n(i) AS (SELECT 2001 UNION ALL SELECT i + 1 FROM n WHERE i < 3100)
                INSERT INTO devices (device_id, token_hash, location_name, registered_at)
                SELECT printf('JBNB%04d', i), printf('%064x', i), CASE i % 2 WHEN 0 THEN 'Even' ELSE 'Odd' END, '2026-01-01T00:00:00Z'
                FROM n;
                """);
            await ImportAsync(path);
            Assert.Equal(
                ["Odd 550", "Even 550"],
                (await Host.ListAsync("/api/places")).Select(
                    static place => $"{place.GetProperty("name")} {place.GetProperty("devices")}"));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task ImportAsync(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/admin/import")
        {
            Content = new ByteArrayContent(await File.ReadAllBytesAsync(path)),
        };
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.True((int)answer.StatusCode == 200, await answer.Content.ReadAsStringAsync());
    }
}

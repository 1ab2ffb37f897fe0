using System.Diagnostics;
using System.Globalization;

using JamBox.Backend.Storage;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Operation;

/// <summary>
/// <c>jambox-backend restore FILE</c>: puts a backup in the place of the SQLite file. What was there is kept beside it. At every moment,
/// power
/// included, there is one whole file in the place: the old one or the new one; and no log of the old one is left for the new one to read.
/// </summary>
internal static class RestoreCommand
{
    /// <summary>Restores.</summary>
    /// <param name="target">Where the data is.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="clock">Names the file that is kept.</param>
    /// <returns>What was done, for the operator.</returns>
    /// <exception cref="StartupException">It was not, and nothing was changed.</exception>
    public static string Run(StorageTarget target, string backup, TimeProvider clock)
    {
        if (target.Path is not { } path)
        {
            throw new StartupException("Storage:Provider", "the data is in PostgreSQL: restore it with pg_restore.");
        }

        backup = Path.GetFullPath(backup);
        CheckSource(path, backup);
        string folder = Path.GetDirectoryName(path)!;
        StorageFiles.CreateFolder(folder);
        using FileStream alone = StorageFiles.LockAlone(path);
        string fresh = path + ".restoring";
        try
        {
            Copy(backup, fresh);
            string contents = Check(backup, fresh);
            GiveToOwner(File.Exists(path) ? path : folder, fresh);
            string? kept = Replace(path, fresh, clock.GetUtcNow());
            StorageFiles.SyncFolder(folder);
            return $"Restored {path}: {contents}." + (kept is null ? "" : $" What was there is kept as {kept}.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException("restore", failure.Message);
        }
        finally
        {
            Remove(fresh);
        }
    }

    private static void CheckSource(string path, string backup)
    {
        if (!File.Exists(backup))
        {
            throw new StartupException("restore", $"'{backup}' does not exist.");
        }

        if (backup == path)
        {
            throw new StartupException("restore", $"'{backup}' is the file of the server itself.");
        }

        if (new FileInfo(backup + "-wal") is { Exists: true, Length: > 0 })
        {
            throw new StartupException(
                "restore", $"'{backup}-wal' stands beside it: it is no backup but the file of a server. Take one from that server.");
        }
    }

    private static void Copy(string backup, string fresh)
    {
        Remove(fresh);
        StorageFiles.Protect(fresh);
        using FileStream from = new(backup, FileMode.Open, FileAccess.Read, FileShare.Read);
        using FileStream to = new(fresh, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        from.CopyTo(to);
        to.Flush(flushToDisk: true);
    }

    /// <summary>Looks at every page: a broken backup must not take the place of a file that works.</summary>
    private static string Check(string backup, string fresh)
    {
        try
        {
            using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = fresh, Pooling = false }.ToString());
            connection.Open();
            string found = Text(connection, "PRAGMA integrity_check(1)");
            if (found != "ok")
            {
                throw new StartupException("restore", $"'{backup}' is damaged: {found}");
            }

            int schema = int.Parse(
                Text(connection, "SELECT coalesce(max(number), 0) FROM schema_migrations"), CultureInfo.InvariantCulture);
            if (schema < 1 || schema > Migrations.Known)
            {
                throw new StartupException("restore", string.Create(
                    CultureInfo.InvariantCulture, $"'{backup}' has schema {schema}, this version knows 1 to {Migrations.Known}."));
            }

            string counted = Text(
                connection, "SELECT (SELECT count(*) FROM devices) || ' devices, ' || (SELECT count(*) FROM readings) || ' readings'");
            Text(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            return string.Create(CultureInfo.InvariantCulture, $"schema {schema}, {counted}");
        }
        catch (SqliteException broken)
        {
            throw new StartupException("restore", $"'{backup}' is no backup of this server: {broken.Message}");
        }
    }

    /// <summary>Whoever is root may restore what belongs to the server's user, and must not take it away from that.</summary>
    private static void GiveToOwner(string owners, string fresh)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return;
        }

        try
        {
            using Process chown = Process.Start("chown", ["--reference", owners, fresh]);
            chown.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // A container without programs: there the server runs as whoever restores.
        }
    }

    private static string Text(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }

    private static string? Replace(string path, string fresh, DateTimeOffset now)
    {
        string kept = $"{path}.replaced-{now:yyyyMMdd-HHmmss}";
        bool isThere = File.Exists(path);
        if (isThere)
        {
            FoldLog(path);
        }

        foreach (string companion in StorageFiles.Companions.Where(companion => File.Exists(path + companion)))
        {
            // Only a file that cannot be opened has one still: it goes with that file. Read by the new one it would spoil it.
            File.Move(path + companion, kept + companion, overwrite: true);
        }

        if (!isThere)
        {
            File.Move(fresh, path);
            return null;
        }

        File.Replace(fresh, path, kept);
        return kept;
    }

    /// <summary>Brings what a killed server left in its log into its file, so that what is kept is whole.</summary>
    private static void FoldLog(string path)
    {
        try
        {
            using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            Text(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            Text(connection, "PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException)
        {
            // Damaged: perhaps that is why it is replaced. It is kept as it is, with its log.
        }
    }

    private static void Remove(string file)
    {
        File.Delete(file);
        foreach (string companion in StorageFiles.Companions)
        {
            File.Delete(file + companion);
        }
    }
}

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;
using JamBox.Deployments;

using Microsoft.OpenApi;

namespace JamBox.Backend.Deployments;

/// <summary>Which modules a run was about, so that the history of one of them is found without reading all others.</summary>
internal static class RunModules
{
    /// <summary>Notes the modules that a gateway names in a word.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="runId">The run.</param>
    /// <param name="modules">All of them, each once; null = the word says nothing of modules: it is about those of before.</param>
    public static void Keep(SqlSession session, long runId, IReadOnlyList<ModuleWord>? modules)
    {
        if (modules is null)
        {
            return;
        }

        HashSet<string> keys = [.. modules.Select(static one => ModuleSql.Key(one.Hostname))];

        // Word after word names the same ones: only the first writes.
        if (keys.SetEquals(Of(session, runId)))
        {
            return;
        }

        session.Execute("DELETE FROM deployment_run_modules WHERE run_id = $1", runId);
        session.ExecuteMany(
            "INSERT INTO deployment_run_modules (hostname_key, run_id) VALUES ($1, $2)",
            [.. keys.Select(key => new SqlValue[] { key, runId })], new int[keys.Count]);
    }

    private static List<string> Of(SqlSession session, long runId)
    {
        List<string> keys = [];
        using SqlStatement row = session.Query("SELECT hostname_key FROM deployment_run_modules WHERE run_id = $1", runId);
        while (row.Read())
        {
            keys.Add(row.Text(0));
        }

        return keys;
    }
}

/// <summary>The name of a module in its network, in a query.</summary>
internal sealed class ModuleParameter(string names, string description) : ApiParameter(names, description)
{
    /// <inheritdoc/>
    public override string Rule => ModuleName.HostnameRule["must be ".Length..];

    /// <inheritdoc/>
    public override bool Fits(string text) => ModuleName.IsHostname(text);

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String };
}

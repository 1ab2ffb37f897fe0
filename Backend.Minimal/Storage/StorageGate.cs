using JamBox.Backend.Wire;

namespace JamBox.Backend.Storage;

/// <summary>
/// Asks the storage whether it answers before a request of people or tools is handled. Their handlers may ask it on a thread of the pool;
/// one that hangs then would take those threads with it, and with them <c>/health</c> and the boxes. Here nobody holds a thread.
/// </summary>
internal sealed class StorageGate(RequestDelegate next, Store store)
{
    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ApiDeclaration>() is { Caller: ApiCaller.Key })
        {
            await store.ReadAsync(0, Ask).ConfigureAwait(false);
        }

        await next(context).ConfigureAwait(false);
    }

    private static bool Ask(SqlSession session, int _)
    {
        using SqlStatement row = session.Query("SELECT 1");
        return row.Read();
    }
}

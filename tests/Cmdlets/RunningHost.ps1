# How to start the PowerShell that is running once more: the one place that knows. Installed, it is a program, pwsh; as a .NET tool it is
# `dotnet .../pwsh.dll`. The pwsh that a tool puts on the PATH is neither: it is a parent that passes no signal on.

# Program, and the arguments that come before those of pwsh: & $RunningHost.Program @($RunningHost.Leading) -NoProfile ...
function Get-RunningHost {
    $program = [Environment]::ProcessPath
    $leading = [string[]]@(if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { Join-Path $PSHOME 'pwsh.dll' })
    [pscustomobject]@{ Program = $program; Leading = $leading }
}

# The same as words of a shell, and before them what a process with an empty environment needs: where .NET is, unless this PowerShell brings its own.
function Get-RunningHostCommand {
    $running = Get-RunningHost
    $words = @(Get-RuntimeVariable) + @(@($running.Program) + $running.Leading | ForEach-Object { "'$($_ -replace "'", "'\''")'" })
    'env ' + ($words -join ' ')
}

# DOTNET_ROOT=... for such a process, or nothing.
function Get-RuntimeVariable {
    $runtime = [IO.Path]::GetFullPath((Join-Path ([System.Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()) '../../..'))
    if (Test-Path -LiteralPath (Join-Path $runtime 'host/fxr')) { "DOTNET_ROOT=$runtime" }
}

# Whether Start-Job works: it starts the pwsh beside pwsh.dll, and the one in the .NET tool is made for Linux x64.
function Test-JobHost {
    $program = Join-Path $PSHOME $(if ($IsWindows) { 'pwsh.exe' } else { 'pwsh' })
    try { $null = & $program --version 2>&1; $LASTEXITCODE -eq 0 } catch { $false }
}

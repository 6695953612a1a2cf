BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $use = "`$null = New-BackupRepository -Name vault -Path `"`$env:STAGE/vault`" -KeyFile '$(Get-TestKeyFile)'; (Get-BackupRepository).Name"
    function Get-Stage {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot ([guid]::NewGuid().ToString('N')))).FullName
        @{ STAGE = $folder; BACKUPPS_HOME = (Join-Path $folder 'home') }
    }
}

AfterAll { Clear-TestRoot }

Describe 'Isolation' {
    It 'keeps the engine and its dependencies out of the default context, and the nouns in it' {
        $fresh = Invoke-FreshProcess -Environment (Get-Stage) -Script @"
$use
foreach (`$assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -match '^(BackupPS|Microsoft\.Data\.Sqlite|SQLitePCLRaw)' } | Sort-Object FullName) {
    "`$(`$assembly.GetName().Name)=`$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$assembly).Name)"
}
"@
        $lines = $fresh.Output -split '\r?\n'
        $fresh.ErrorText | Should -BeNullOrEmpty
        $lines | Should -Contain 'vault'
        foreach ($name in 'BackupPS', 'BackupPS.Model') { $lines | Should -Contain "$name=Default" }
        foreach ($name in 'BackupPS.Engine', 'Microsoft.Data.Sqlite', 'SQLitePCLRaw.core') { $lines | Should -Contain "$name=BackupPS.Engine" }
        $lines.Where{ $_ -like 'BackupPS.Model=*' }.Count | Should -Be 1
    }

    It 'works after another module has loaded a different <_>' -ForEach 'Microsoft.Data.Sqlite', 'SQLitePCLRaw.core', 'SQLitePCLRaw.batteries_v2' {
        $fresh = Invoke-FreshProcess -NoImport -Environment (Get-Stage) -Script @"
`$other = Join-Path `$env:STAGE '$_.dll'
`$builder = [Reflection.Emit.PersistedAssemblyBuilder]::new([Reflection.AssemblyName]'$_, Version=99.0.0.0', [object].Assembly)
`$null = `$builder.DefineDynamicModule('$_').DefineType('$_.SqliteConnection', 'Public').CreateType()
`$builder.Save(`$other)
`$null = [Reflection.Assembly]::LoadFrom(`$other)
Import-Module -Name '$Manifest'
$use
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq '$_' } | ForEach-Object { `$_.GetName().Version.Major } | Sort-Object
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $lines = $fresh.Output -split '\r?\n'
        $lines | Should -Contain 'vault'
        $lines | Should -Contain '99'
        # The catalog has used its own beside it.
        $lines.Where{ $_ -match '^\d+$' }.Count | Should -Be 2
    }

    It 'imports with -Force twice, before and after it was used' {
        $fresh = Invoke-FreshProcess -Environment (Get-Stage) -Script @"
Import-Module -Name '$Manifest' -Force
$use
Import-Module -Name '$Manifest' -Force
Import-Module -Name '$Manifest' -Force
(Get-BackupRepository).Name
Remove-Module -Name BackupPS
Import-Module -Name '$Manifest'
(Connect-BackupRepository -Name vault -KeyFile '$(Get-TestKeyFile)').Status
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'vault', 'vault', 'Unlocked'
    }

    It 'shares what is unlocked between runspaces, and one that leaves takes nothing from the others' {
        $fresh = Invoke-FreshProcess -Environment (Get-Stage) -Script @"
$use
`$all = 1..4 | ForEach-Object -Parallel {
    Import-Module -Name '$Manifest'
    (Get-BackupRepository -Name vault).Status
    Remove-Module -Name BackupPS
} -ThrottleLimit 4
`$all -join ' '
(Get-BackupRepository -Name vault).Status
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'vault', 'Unlocked Unlocked Unlocked Unlocked', 'Unlocked'
    }

    It 'uses the home folder that BACKUPPS_HOME names at the time' {
        $kept = $env:BACKUPPS_HOME
        try {
            $env:BACKUPPS_HOME = Join-Path $TestRoot 'home-a'
            $null = Initialize-TestRepository -Name in-a
            $env:BACKUPPS_HOME = Join-Path $TestRoot 'home-b'
            Get-BackupRepository | Should -BeNullOrEmpty
            $null = Initialize-TestRepository -Name in-b
            $env:BACKUPPS_HOME = Join-Path $TestRoot 'home-a'
            (Get-BackupRepository).Name | Should -Be 'in-a'
        }
        finally { $env:BACKUPPS_HOME = $kept }
    }
}

Describe 'Native libraries that do not load' -Skip:(-not $IsLinux) {
    BeforeAll {
        # A copy of the module in which files that are no libraries stand in place of the packaged ones.
        $copy = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'copy')).FullName
        Copy-Item -LiteralPath $Manifest, (Join-Path $ModuleRoot 'module') -Destination $copy -Recurse
        $natives = Get-ChildItem -LiteralPath (Join-Path $copy 'module/lib/deps/runtimes') -Recurse -File -Include 'libe_sqlite3.so', 'libzstd.so'
        foreach ($native in $natives) { Set-Content -LiteralPath $native.FullName -Value 'no library' }

        # A folder that the system's loader searches first, with such a file as the system's SQLite.
        $shadow = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'shadow')).FullName
        Set-Content -LiteralPath (Join-Path $shadow 'libsqlite3.so.0') -Value 'no library'
        $import = "Import-Module -Name '$(Join-Path $copy 'BackupPS.psd1')'"
        $systemLibrary = [IntPtr]::Zero
        $hasSqlite = [Runtime.InteropServices.NativeLibrary]::TryLoad('libsqlite3.so.0', [ref] $systemLibrary)
    }

    It 'has replaced the packaged SQLite and zstd' {
        ($natives.Name | Sort-Object -Unique) | Should -Be 'libe_sqlite3.so', 'libzstd.so'
    }

    It 'saves and restores with the libraries of the system' {
        if (-not $hasSqlite) { Set-ItResult -Skipped -Because 'the system has no libsqlite3.so.0 (Debian: libsqlite3-0)'; return }
        $fresh = Invoke-FreshProcess -NoImport -Environment (Get-Stage) -Script @"
$import
$use
`$null = New-Item -ItemType Directory -Path "`$env:STAGE/source"
Set-Content -LiteralPath "`$env:STAGE/source/a.txt" -Value 'content'
`$result = Invoke-Backup -Path "`$env:STAGE/source" -Repository vault
`$result.Status
(`$result | Restore-Backup -Destination "`$env:STAGE/target" -Verify).Status
(Get-ChildItem -LiteralPath "`$env:STAGE/target" -Recurse -Filter a.txt | Get-Content)
(Get-BackupRepository).Compression
(Get-BackupRun).Operation -join ' '
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'vault', 'Complete', 'Complete', 'content', 'Zstd', 'Restore Backup'
    }

    It 'says what to install where the system has no SQLite either' {
        $fresh = Invoke-FreshProcess -NoImport -Environment ((Get-Stage) + @{ LD_LIBRARY_PATH = $shadow }) -Script @"
$import
try { New-BackupRepository -Name vault -Path "`$env:STAGE/vault" -KeyFile '$(Get-TestKeyFile)' -ErrorAction Stop }
catch {
    `$_.FullyQualifiedErrorId
    `$_.CategoryInfo.Category
    `$_.ErrorDetails.RecommendedAction
    `$_.Exception.Message -match 'libe_sqlite3\.so' -and `$_.Exception.Message -match 'libsqlite3\.so\.0'
}
Test-Path -LiteralPath "`$env:STAGE/vault"
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $lines = $fresh.Output -split '\r?\n' | Where-Object { $_ }
        $lines[0] | Should -BeLike 'SqliteUnavailable,*'
        $lines[1] | Should -Be 'NotInstalled'
        $lines[2] | Should -BeLike '*libsqlite3-0*'
        $lines[3] | Should -Be 'True'
        $lines[4] | Should -Be 'False'
    }
}

Describe 'Loading rules' {
    BeforeAll {
        $assembly = (Get-Command -Name Invoke-Backup).ImplementingType.Assembly
        # What PowerShell's enumeration of types resolves before OnImport has run.
        function Get-ResolvedType {
            param([type] $Type)
            for ($base = $Type.BaseType; $base; $base = $base.BaseType) {
                $base
                if ($base.IsGenericType) { $base.GetGenericArguments() }
            }
            foreach ($interface in $Type.GetInterfaces()) {
                $interface
                if ($interface.IsGenericType) { $interface.GetGenericArguments() }
            }
            foreach ($field in $Type.GetFields('Instance, Static, Public, NonPublic')) {
                if ($field.FieldType.IsValueType) {
                    $field.FieldType
                    if ($field.FieldType.IsGenericType) { $field.FieldType.GetGenericArguments() }
                }
            }
        }
    }

    It 'has no public type with an engine type as base, generic argument of a base, or struct field' {
        $assembly.GetExportedTypes().Count | Should -BeGreaterThan 18
        foreach ($type in $assembly.GetExportedTypes()) {
            Get-ResolvedType $type | Where-Object { $_.Assembly.GetName().Name -eq 'BackupPS.Engine' } | Should -BeNullOrEmpty -Because $type.FullName
        }
    }

    It 'would be noticed if it were broken' {
        Invoke-Backup -PolicyName load-the-engine -ErrorAction SilentlyContinue
        $engine = [AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'BackupPS.Engine' }[0]
        $progress = $engine.GetType('BackupPS.Engine.OperationProgress')
        $holder = $assembly.GetTypes() | Where-Object { $_.GetFields('Instance, NonPublic').ForEach{ $_.FieldType } -contains $progress } | Select-Object -First 1
        Get-ResolvedType $holder | Should -Contain $progress
    }

    It 'loads what the checkout holds' {
        $assembly.Location | Should -BeExactly (Join-Path $ModuleRoot 'module/lib/BackupPS.dll')
    }
}

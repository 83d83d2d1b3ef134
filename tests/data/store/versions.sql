-- The steps of the database's history, as a database of each version was made, with a few rows each.
-- Sections start with "--- version N".
--- version 1
CREATE TABLE "units" (
 "id" integer not null primary key,
 "resource_manager" text default '',
 "cluster_id" text,
 "uuid" text,
 "name" text,
 "project" text,
 "groupname" text,
 "username" text,
 "created_at" text,
 "started_at" text,
 "ended_at" text,
 "created_at_ts" integer,
 "started_at_ts" integer,
 "ended_at_ts" integer,
 "elapsed" text,
 "state" text,
 "allocation" text default '{}',
 "total_time_seconds" text default '{}',
 "avg_cpu_usage" text default '{}',
 "avg_cpu_mem_usage" text default '{}',
 "total_cpu_energy_usage_kwh" text default '{}',
 "total_cpu_emissions_gms" text default '{}',
 "avg_gpu_usage" text default '{}',
 "avg_gpu_mem_usage" text default '{}',
 "total_gpu_energy_usage_kwh" text default '{}',
 "total_gpu_emissions_gms" text default '{}',
 "total_io_write_stats" text default '{}',
 "total_io_read_stats" text default '{}',
 "total_ingress_stats" text default '{}',
 "total_outgress_stats" text default '{}',
 "tags" text default '{}',
 "ignore" integer,
 "num_updates" integer default 0,
 "last_updated_at" text
);
CREATE INDEX idx_cluster_id_usr_uuid ON units (cluster_id,username,uuid);
CREATE UNIQUE INDEX uq_cluster_id_uuid_start ON units (cluster_id,uuid,started_at);
INSERT INTO units (cluster_id,resource_manager,uuid,username,project,started_at,ended_at_ts,"ignore",total_outgress_stats)
 VALUES ('hpc','slurm','42','ann','bio','2029-01-02T03:04:05+0000',0,0,'{"bytes_total":7}');
--- version 2
CREATE TABLE "usage" (
 "id" integer not null primary key,
 "resource_manager" text default '',
 "cluster_id" text,
 "num_units" integer,
 "project" text,
 "groupname" text,
 "username" text,
 "total_time_seconds" text default '{}',
 "avg_cpu_usage" text default '{}',
 "avg_cpu_mem_usage" text default '{}',
 "total_cpu_energy_usage_kwh" text default '{}',
 "total_cpu_emissions_gms" text default '{}',
 "avg_gpu_usage" text default '{}',
 "avg_gpu_mem_usage" text default '{}',
 "total_gpu_energy_usage_kwh" text default '{}',
 "total_gpu_emissions_gms" text default '{}',
 "total_io_write_stats" text default '{}',
 "total_io_read_stats" text default '{}',
 "total_ingress_stats" text default '{}',
 "total_outgress_stats" text default '{}',
 "num_updates" integer default 0,
 "last_updated_at" text
);
CREATE UNIQUE INDEX uq_cluster_id_project_usr ON usage (cluster_id,username,project);
INSERT INTO usage (cluster_id,resource_manager,num_units,username,project,total_outgress_stats,last_updated_at)
 VALUES ('hpc','slurm',1,'ann','bio','{"bytes_total":7}','2029-01-02T03:15:00');
--- version 3
CREATE TABLE "users" ("id" integer not null primary key,"uid" text,"cluster_id" text,"resource_manager" text,
 "name" text,"projects" text default '[]',"tags" text default '[]',"last_updated_at" text);
CREATE UNIQUE INDEX uq_cluster_id_user ON users (cluster_id,name);
INSERT INTO users (cluster_id,name,projects) VALUES ('hpc','ann','["bio"]');
--- version 4
CREATE TABLE "projects" ("id" integer not null primary key,"uid" text,"cluster_id" text,"resource_manager" text,
 "name" text,"users" text default '[]',"tags" text default '[]',"last_updated_at" text);
CREATE UNIQUE INDEX uq_cluster_id_project ON projects (cluster_id,name);
INSERT INTO projects (cluster_id,name,users) VALUES ('hpc','bio','["ann"]');
--- version 5
CREATE TABLE "admin_users" ("id" integer not null primary key,"source" text,"users" text default '[]',
 "last_updated_at" text);
CREATE UNIQUE INDEX uq_source ON admin_users (source);
INSERT INTO admin_users (source,users,last_updated_at) VALUES
 ('ceems','["root","","ops"]','2029-01-02T03:15:00'),('grafana','["ops"]','2029-01-02T03:16:00'),
 ('broken','not json','2029-01-02T03:16:00'),('empty',NULL,NULL);
--- version 6
CREATE INDEX idx_cluster_id_project_user_ended ON units (cluster_id,project,username,ended_at);
--- version 7
CREATE TABLE "daily_usage" (
 "id" integer not null primary key,
 "resource_manager" text default '',
 "cluster_id" text,
 "num_units" integer,
 "project" text,
 "groupname" text,
 "username" text,
 "total_time_seconds" text default '{}',
 "avg_cpu_usage" text default '{}',
 "avg_cpu_mem_usage" text default '{}',
 "total_cpu_energy_usage_kwh" text default '{}',
 "total_cpu_emissions_gms" text default '{}',
 "avg_gpu_usage" text default '{}',
 "avg_gpu_mem_usage" text default '{}',
 "total_gpu_energy_usage_kwh" text default '{}',
 "total_gpu_emissions_gms" text default '{}',
 "total_io_write_stats" text default '{}',
 "total_io_read_stats" text default '{}',
 "total_ingress_stats" text default '{}',
 "total_outgress_stats" text default '{}',
 "num_updates" integer default 0,
 "last_updated_at" text
);
CREATE UNIQUE INDEX uq_cluster_id_project_usr_lastupdated ON daily_usage (cluster_id,username,project,last_updated_at);
INSERT INTO daily_usage (cluster_id,num_units,username,project,total_outgress_stats,last_updated_at)
 VALUES ('hpc',1,'ann','bio','{"bytes_total":7}','2029-01-02T00:00:00');
--- version 8
DROP TABLE admin_users;
CREATE TABLE "admin_users" ("id" integer not null primary key,"uid" text default '',"cluster_id" text default 'all',
 "resource_manager" text default '',"name" text,"projects" text default '[]',"tags" text default '[]',
 "last_updated_at" text);
CREATE UNIQUE INDEX uq_cluster_id_admin_user ON admin_users (cluster_id,name);
INSERT INTO admin_users (name,tags,last_updated_at) VALUES
 ('root','["ceems"]','2029-01-02T03:15:00'),('ops','["grafana"]','2029-01-02T03:16:00');
--- version 9
ALTER TABLE units RENAME COLUMN total_outgress_stats TO total_egress_stats;
ALTER TABLE usage RENAME COLUMN total_outgress_stats TO total_egress_stats;
ALTER TABLE daily_usage RENAME COLUMN total_outgress_stats TO total_egress_stats;
